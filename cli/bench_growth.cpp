// mayfly bench growth
#include <memory>

#include "bench/growth/growth.h"
#include "cli/bench_output.h"
#include "cli/command.h"

namespace mayfly::cli {
namespace {

struct Arguments {
    bench::GrowthOptions growth;
    BenchOutput output;
};

int run(const Arguments& arguments) { return run_benchmark(arguments.output, arguments.growth, bench::measure_growth); }

}  // namespace

void add_bench_growth(const Command& bench) {
    auto arguments = std::make_shared<Arguments>();
    Command command = bench.add("growth", "Measure whether more functions, memory or code make an invocation slower",
                                "  mayfly bench growth\n  mayfly bench growth --functions 100 --samples 100\n");
    bench::GrowthOptions& growth = arguments->growth;
    command.number("--samples", "N", growth.samples, 20, 1'000'000, "samples of each row")
        .number("--functions", "N", growth.functions, 1, 100'000, "functions there are, against one")
        .number("--code", "MB", growth.code_mb, 1, 2'000, "code of a function in MB, against 1")
        .text("--image", "IMAGE", growth.image, "the image to run in");
    arguments->output.add_options(command);
    command.action([arguments] { return run(*arguments); });
}

}  // namespace mayfly::cli
