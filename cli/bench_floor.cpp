// mayfly bench floor
#include <unistd.h>

#include "bench/floor.h"
#include "cli/bench_output.h"
#include "cli/command.h"
#include "cli/terminal.h"

namespace mayfly::cli {
namespace {

struct Arguments {
    bench::FloorOptions floor;
    BenchOutput output;
};

int run(const Arguments& arguments) {
    ProgressLine progress;
    bench::FloorOptions options = arguments.floor;
    options.progress = [&](std::string_view phase, std::size_t done, std::size_t total) {
        progress.show(phase, "", done, total);
    };
    const auto measured = bench::measure_floor(options);
    progress.clear();
    if (!measured) return report(measured.error());
    return show(*measured, arguments.output);
}

}  // namespace

void add_bench_floor(CLI::App& bench, CommandLine& line) {
    auto arguments = std::make_shared<Arguments>();
    CLI::App* command =
        add_command(bench, "floor", "Measure what nobody can beat on this host: VM creation, exits, faults, copies",
                    "  mayfly bench floor\n  mayfly bench floor --samples 2000 --json\n");
    command->add_option("--samples", arguments->floor.samples, "samples of each row")
        ->type_name("N")
        ->check(CLI::Range(1, 1000000).description(""))
        ->capture_default_str();
    arguments->output.add_options(*command);
    command->callback([arguments, &line] { line.action = [arguments] { return run(*arguments); }; });
}

}  // namespace mayfly::cli
