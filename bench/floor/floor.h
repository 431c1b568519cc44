// What nobody can beat on this host: the parts every start-up is made of, each alone.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

#include "base/error.h"
#include "bench/report/report.h"

namespace mayfly::bench {

struct FloorOptions {
    std::size_t samples = 500;  // of each row
    std::function<void(std::string_view phase, std::size_t done, std::size_t total)> progress;
    std::function<bool()> stopped;  // true: measure no further, return an Error
};

// Without KVM only the rows that need none, and a note.
Result<Report> measure_floor(const FloorOptions& options);

}  // namespace mayfly::bench
