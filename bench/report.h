// A finished measurement, as people, programs and eyes read it.
#pragma once

#include <string>
#include <vector>

#include "bench/machine.h"
#include "bench/samples.h"

namespace mayfly::bench {

struct Report {
    std::string title;
    Machine machine;
    std::vector<Series> series;
    std::string reference;           // the series the table's ratios are against; empty: no ratios
    std::vector<std::string> notes;  // what was left out and why, and how it was measured
};

std::string to_table(const Report& report);
std::string to_json(const Report& report);  // one object: machine, rows, notes
std::string to_svg(const Report& report);   // the distributions, on a logarithmic axis

// "85.2 µs", "1.24 ms", "2.10 s": three digits that matter.
std::string human_time(double microseconds);

}  // namespace mayfly::bench
