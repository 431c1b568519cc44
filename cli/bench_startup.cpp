// mayfly bench startup
#include <unistd.h>

#include <memory>

#include "bench/startup.h"
#include "cli/bench_output.h"
#include "cli/command.h"
#include "cli/engine.h"

namespace mayfly::cli {
namespace {

struct Arguments {
    bench::StartupOptions startup;
    BenchOutput output;
};

int run(const Arguments& arguments) {
    if (const auto writable = arguments.output.check(); !writable) return report(writable.error());
    auto engine = open_engine();
    if (!engine) return report(engine.error());
    ProgressLine progress;
    bench::StartupOptions options = arguments.startup;
    options.progress = [&](std::string_view phase, std::size_t done, std::size_t total) {
        progress.show(phase, "", done, total);
    };
    const auto measured = bench::measure_startup(*engine, options);
    progress.clear();
    if (!measured) return report(measured.error());
    return show(*measured, arguments.output);
}

}  // namespace

void add_bench_startup(const Command& bench) {
    auto arguments = std::make_shared<Arguments>();
    Command command =
        bench.add("startup", "Measure invocations and cold boots beside fork(), python3, bubblewrap and runc",
                  "  mayfly bench startup\n"
                  "  mayfly bench startup --samples 5000 --plot startup.svg\n"
                  "  mayfly bench startup --json | jq '.rows[] | {name, p50_us}'\n");
    command
        .number("--samples", "N", arguments->startup.samples, 1, 10'000'000,
                "samples of the quickest rows; slow ones take fewer")
        .text("--image", "IMAGE", arguments->startup.image, "the image to run in");
    arguments->output.add_options(command);
    command.action([arguments] { return run(*arguments); });
}

}  // namespace mayfly::cli
