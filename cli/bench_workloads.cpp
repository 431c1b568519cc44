// mayfly bench workloads
#include <memory>

#include "bench/workloads/workloads.h"
#include "cli/bench_output.h"
#include "cli/command.h"

namespace mayfly::cli {
namespace {

struct Arguments {
    bench::WorkloadOptions workloads;
    BenchOutput output;
};

int run(const Arguments& arguments) {
    return run_benchmark(arguments.output, arguments.workloads, bench::measure_workloads);
}

}  // namespace

void add_bench_workloads(const Command& bench) {
    auto arguments = std::make_shared<Arguments>();
    Command command = bench.add("workloads", "Measure functions of many kinds, natively and in each mode",
                                "  mayfly bench workloads\n"
                                "  mayfly bench workloads --only hello --only markdown --samples 1000\n"
                                "  mayfly image build python3.11 --package python3-pil --package python3-numpy "
                                "--name science\n"
                                "  mayfly bench workloads --image science\n");
    command
        .number("--samples", "N", arguments->workloads.samples, 1, 1'000'000,
                "samples of the quickest workloads; slow ones take fewer")
        .text("--image", "IMAGE", arguments->workloads.image, "the image to run in")
        .texts("--only", "NAME", arguments->workloads.only, "a workload to measure; may be given several times");
    arguments->output.add_options(command);
    command.action([arguments] { return run(*arguments); });
}

}  // namespace mayfly::cli
