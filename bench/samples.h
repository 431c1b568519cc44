// One measured series and what is said about it. Percentiles come from all samples, none is dropped.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mayfly::bench {

struct Series {
    std::string name;             // as in the JSON rows
    std::string what;             // a few words for people
    bool is_peer = false;         // not Mayfly: what it is compared with
    std::vector<double> samples;  // microseconds, in the order they were taken
};

struct Percentiles {
    double p50 = 0;
    double p90 = 0;
    double p99 = 0;
    double p999 = 0;
    double max = 0;
};

// By the nearest rank: always a sample that was really taken. All zero without samples.
Percentiles percentiles(std::vector<double> samples);

}  // namespace mayfly::bench
