// More functions than ready microVMs: some events find theirs ready, others wait for a new one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "bench/lab/rows.h"
#include "bench/lab/state_folder.h"
#include "bench/report/report.h"

namespace mayfly::bench {

struct ChurnOptions {
    std::size_t functions = 200;
    std::size_t ready = 40;  // microVMs kept ready; the least recently used goes
    std::size_t events = 1000;
};

struct Churn {
    Series ready;   // events that found a microVM
    Series absent;  // events that a microVM was started for
    Table table;
};

// Numbers below `count`, number k as often as 1 / (k + 1): Zipf's law. The same for the same seed.
std::vector<std::size_t> zipf_sequence(std::size_t count, std::size_t length, std::uint64_t seed);

// Makes the functions in the state folder, all with the handler of `code`.
Result<Churn> measure_churn(StateFolder& state, const FunctionOptions& code, const std::string& event,
                            const std::string& expected, const ChurnOptions& options, const RowProgress& progress);

}  // namespace mayfly::bench
