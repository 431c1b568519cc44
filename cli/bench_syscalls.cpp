// mayfly bench syscalls
#include <memory>

#include "bench/syscalls/syscalls.h"
#include "cli/bench_output.h"
#include "cli/command.h"

namespace mayfly::cli {
namespace {

struct Arguments {
    bench::SyscallOptions syscalls;
    BenchOutput output;
};

int run(const Arguments& arguments) {
    return run_benchmark(arguments.output, arguments.syscalls, bench::measure_syscalls);
}

}  // namespace

void add_bench_syscalls(const Command& bench) {
    auto arguments = std::make_shared<Arguments>();
    Command command = bench.add("syscalls", "Measure system calls and memory inside a microVM and outside",
                                "  mayfly bench syscalls\n  mayfly bench syscalls --samples 100 --json\n");
    command.number("--samples", "N", arguments->syscalls.samples, 1, 100'000, "runs on each side")
        .text("--image", "IMAGE", arguments->syscalls.image, "the image to run in");
    arguments->output.add_options(command);
    command.action([arguments] { return run(*arguments); });
}

}  // namespace mayfly::cli
