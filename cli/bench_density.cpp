// mayfly bench density
#include <memory>

#include "bench/density/density.h"
#include "cli/bench_output.h"
#include "cli/command.h"

namespace mayfly::cli {
namespace {

struct Arguments {
    bench::DensityOptions density;
    BenchOutput output;
};

int run(const Arguments& arguments) {
    return run_benchmark(arguments.output, arguments.density, bench::measure_density);
}

}  // namespace

void add_bench_density(const Command& bench) {
    auto arguments = std::make_shared<Arguments>();
    Command command = bench.add("density", "Measure the memory that one more idle microVM takes",
                                "  mayfly bench density\n  mayfly bench density --samples 100 --plot density.svg\n");
    command
        .number("--samples", "N", arguments->density.microvms, 1, 100'000,
                "the most microVMs; measured at 1, a tenth of them, and all")
        .text("--image", "IMAGE", arguments->density.image, "the image to run in");
    arguments->output.add_options(command);
    command.action([arguments] { return run(*arguments); });
}

}  // namespace mayfly::cli
