// Rows that are measured in turns: a block of each, then a block of each again, in another order, so
// that whatever else the machine does meets all of them alike.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "bench/report/samples.h"

namespace mayfly::bench {

using Measure = std::function<Result<Sample>()>;

// A time without counts; microseconds.
Measure timed(std::function<Result<double>()> once);

struct Row {
    std::string name;
    std::string what;
    bool is_peer = false;
    std::size_t share = 1;  // takes samples / share samples, but at least kFewest
    Measure once;
    std::function<Result<void>()> warm_up = {};  // not counted; absent: once()
};

inline constexpr std::size_t kFewest = 20;
inline constexpr std::size_t kRounds = 20;
inline constexpr std::size_t kWarmUps = 3;  // of each row, not counted

// What is going on, for a line on a terminal. total 0: unknown.
using RowProgress = std::function<void(std::string_view phase, std::size_t done, std::size_t total)>;

struct Measured {
    std::vector<Series> series;
    std::vector<std::string> notes;
};

// A peer that does not work here is left out with a note; a failing row of ours is an Error.
Result<Measured> measure_in_turns(const std::vector<Row>& rows, std::size_t samples, const RowProgress& progress);

}  // namespace mayfly::bench
