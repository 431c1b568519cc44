// mayfly bench floor
#include <unistd.h>

#include <memory>

#include "bench/floor.h"
#include "cli/bench_output.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/terminal.h"

namespace mayfly::cli {
namespace {

struct Arguments {
    bench::FloorOptions floor;
    BenchOutput output;
};

int run(const Arguments& arguments) {
    if (const auto writable = arguments.output.check(); !writable) return report(writable.error());
    ProgressLine progress;
    bench::FloorOptions options = arguments.floor;
    options.progress = [&](std::string_view phase, std::size_t done, std::size_t total) {
        progress.show(phase, "", done, total);
    };
    options.stopped = interrupted;
    const auto measured = bench::measure_floor(options);
    progress.clear();
    if (!measured) return report(measured.error());
    return show(*measured, arguments.output);
}

}  // namespace

void add_bench_floor(const Command& bench) {
    auto arguments = std::make_shared<Arguments>();
    Command command =
        bench.add("floor", "Measure what nobody can beat on this host: VM creation, exits, faults, copies",
                  "  mayfly bench floor\n  mayfly bench floor --samples 2000 --json\n");
    command.number("--samples", "N", arguments->floor.samples, 1, 1'000'000, "samples of each row");
    arguments->output.add_options(command);
    command.action([arguments] { return run(*arguments); });
}

}  // namespace mayfly::cli
