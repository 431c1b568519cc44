// mayfly bench invoke
#include <memory>

#include "bench/invoke/invoke.h"
#include "cli/bench_output.h"
#include "cli/command.h"

namespace mayfly::cli {
namespace {

struct Arguments {
    bench::InvokeBenchOptions invoke;
    BenchOutput output;
};

int run(const Arguments& arguments) { return run_benchmark(arguments.output, arguments.invoke, bench::measure_invoke); }

}  // namespace

void add_bench_invoke(const Command& bench) {
    auto arguments = std::make_shared<Arguments>();
    bench::InvokeBenchOptions& invoke = arguments->invoke;
    Command command =
        bench.add("invoke", "Measure invocations one by one, at a rate, and of many functions; prove isolation",
                  "  mayfly bench invoke --plot invoke.svg\n"
                  "  mayfly bench invoke --samples 5000 --proof-invocations 100000\n"
                  "  mayfly bench invoke --json | jq .open_loop\n");
    command.number("--samples", "N", invoke.samples, 1, 10'000'000, "samples of each row and each load")
        .text("--image", "IMAGE", invoke.image, "the image to run in")
        .number("--functions", "N", invoke.functions, 1, 10'000, "functions of the churn")
        .number("--ready", "N", invoke.ready, 1, 10'000, "microVMs the churn keeps ready")
        .number("--proof-invocations", "N", invoke.proof_invocations, 1, 10'000'000,
                "events over which processes, descriptors and memory must not grow");
    arguments->output.add_options(command);
    command.action([arguments] { return run(*arguments); });
}

}  // namespace mayfly::cli
