// mayfly bench startup
#include <memory>

#include "bench/startup/startup.h"
#include "cli/bench_output.h"
#include "cli/command.h"

namespace mayfly::cli {
namespace {

struct Arguments {
    bench::StartupOptions startup;
    BenchOutput output;
};

int run(const Arguments& arguments) {
    return run_benchmark(arguments.output, arguments.startup, bench::measure_startup);
}

}  // namespace

void add_bench_startup(const Command& bench) {
    auto arguments = std::make_shared<Arguments>();
    Command command =
        bench.add("startup", "Measure invocations and cold boots beside fork(), python3, bubblewrap, runc and crun",
                  "  mayfly bench startup\n"
                  "  mayfly bench startup --samples 5000 --plot startup.svg\n"
                  "  mayfly bench startup --json | jq '.rows[] | {name, p50_us}'\n");
    command
        .number("--samples", "N", arguments->startup.samples, 1, 10'000'000,
                "samples of the quickest rows; slow ones take fewer")
        .text("--image", "IMAGE", arguments->startup.image, "the image to run in")
        .text("--workerd", "PATH", arguments->startup.workerd, "also compare with this workerd, as npm installs it");
    arguments->output.add_options(command);
    command.action([arguments] { return run(*arguments); });
}

}  // namespace mayfly::cli
