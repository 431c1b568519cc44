// mayfly bench startup
#include <unistd.h>

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

void add_bench_startup(CLI::App& bench, CommandLine& line) {
    auto arguments = std::make_shared<Arguments>();
    CLI::App* command =
        add_command(bench, "startup", "Measure invocations and cold boots beside fork(), python3, bubblewrap and runc",
                    "  mayfly bench startup\n"
                    "  mayfly bench startup --samples 5000 --plot startup.svg\n"
                    "  mayfly bench startup --json | jq '.rows[] | {name, p50_us}'\n");
    command->add_option("--samples", arguments->startup.samples, "samples of the quickest rows; slow ones take fewer")
        ->type_name("N")
        ->check(CLI::Range(1, 10000000).description(""))
        ->capture_default_str();
    command->add_option("--image", arguments->startup.image, "the image to run in")
        ->type_name("IMAGE")
        ->capture_default_str();
    arguments->output.add_options(*command);
    command->callback([arguments, &line] { line.action = [arguments] { return run(*arguments); }; });
}

}  // namespace mayfly::cli
