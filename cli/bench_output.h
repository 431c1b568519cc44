// How a measurement is started and shown: a table, JSON, and a plot in a file.
#pragma once

#include <functional>
#include <string>

#include "base/error.h"
#include "bench/lab/rows.h"
#include "bench/report/report.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "mayfly/mayfly.h"

namespace mayfly::cli {

struct BenchOutput {
    bool json = false;
    bool raw = false;  // every sample in the JSON
    std::string plot;  // path of an SVG file; empty: none
    std::string save;  // path of a file for the JSON; empty: none

    void add_options(Command& command);
    // Before minutes of measuring: whether the files can be written.
    Result<void> check() const;
};

// Measures with a progress line, then shows. Returns the exit code: 1 when a proof of the report fails.
int run_benchmark(const BenchOutput& output,
                  const std::function<Result<bench::Report>(const bench::RowProgress&)>& measure);
// The same with the engine; an interrupt ends what it runs.
int run_benchmark(const BenchOutput& output,
                  const std::function<Result<bench::Report>(Engine&, const bench::RowProgress&)>& measure);
// The same of a benchmark that takes its options, with the progress line and the interrupt put into them.
template <class Options>
int run_benchmark(const BenchOutput& output, Options options,
                  Result<bench::Report> (*measure)(Engine&, const Options&)) {
    return run_benchmark(output, [&](Engine& engine, const bench::RowProgress& progress) {
        options.progress = progress;
        if constexpr (requires { options.on_interrupt; }) options.on_interrupt = on_interrupt;
        return measure(engine, options);
    });
}

}  // namespace mayfly::cli
