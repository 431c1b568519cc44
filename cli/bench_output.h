// How a measurement is shown: a table, JSON, and a plot in a file.
#pragma once

#include <string>

#include "base/error.h"
#include "bench/report.h"
#include "cli/command.h"

namespace mayfly::cli {

struct BenchOutput {
    bool json = false;
    std::string plot;  // path of an SVG file; empty: none

    void add_options(Command& command);
    // Before minutes of measuring: whether the plot's file can be written.
    Result<void> check() const;
};

// Returns the exit code.
int show(const bench::Report& report, const BenchOutput& output);

}  // namespace mayfly::cli
