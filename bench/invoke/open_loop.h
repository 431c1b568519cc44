// Events that come when they come, not when the last one is answered: waiting shows in their latency.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "bench/lab/rows.h"
#include "bench/report/report.h"
#include "mayfly/mayfly.h"

namespace mayfly::bench {

struct LoadLevel {
    double load = 0;     // of the capacity, 1 is all of it
    double offered = 0;  // events a second
    double served = 0;   // events a second, from the first arrival to the last reply
    Series latency;      // from the intended start to the reply
};

// Microseconds from the start at which events arrive: a Poisson process of this rate a second. The same for
// the same seed.
std::vector<double> poisson_arrivals(double rate, std::size_t count, std::uint64_t seed);

// One pristine microVM, `samples` events at each level.
Result<std::vector<LoadLevel>> measure_open_loop(Function& function, const std::string& event,
                                                 const std::string& expected, double capacity, std::size_t samples,
                                                 const RowProgress& progress);

// The highest load whose p90 is at most three times that of the lowest; levels by ascending load.
double knee_of(const std::vector<LoadLevel>& levels);

Table table_of(const std::vector<LoadLevel>& levels);
Chart chart_of(const std::vector<LoadLevel>& levels);

}  // namespace mayfly::bench
