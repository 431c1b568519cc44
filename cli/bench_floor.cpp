// mayfly bench floor
#include <memory>

#include "bench/floor/floor.h"
#include "cli/bench_output.h"
#include "cli/command.h"
#include "cli/interrupt.h"

namespace mayfly::cli {
namespace {

struct Arguments {
    bench::FloorOptions floor;
    BenchOutput output;
};

int run(const Arguments& arguments) {
    return run_benchmark(arguments.output, [&](const bench::RowProgress& progress) {
        bench::FloorOptions options = arguments.floor;
        options.progress = progress;
        options.stopped = interrupted;
        return bench::measure_floor(options);
    });
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
