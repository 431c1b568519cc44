// mayfly bench burst
#include <memory>

#include "bench/burst/burst.h"
#include "cli/bench_output.h"
#include "cli/command.h"

namespace mayfly::cli {
namespace {

struct Arguments {
    bench::BurstOptions burst;
    BenchOutput output;
};

int run(const Arguments& arguments) { return run_benchmark(arguments.output, arguments.burst, bench::measure_burst); }

}  // namespace

void add_bench_burst(const Command& bench) {
    auto arguments = std::make_shared<Arguments>();
    Command command = bench.add("burst", "Start many fresh microVMs at once, all alive, each answering one event",
                                "  mayfly bench burst\n  mayfly bench burst --samples 100 --plot burst.svg\n");
    command.number("--samples", "N", arguments->burst.microvms, 1, 100'000, "microVMs")
        .number("--ready", "N", arguments->burst.ready, 0, 1'000, "microVMs kept ready for them")
        .text("--image", "IMAGE", arguments->burst.image, "the image to run in");
    arguments->output.add_options(command);
    command.action([arguments] { return run(*arguments); });
}

}  // namespace mayfly::cli
