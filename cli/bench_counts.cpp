// mayfly bench counts
#include <fstream>
#include <memory>
#include <sstream>
#include <utility>

#include "bench/counts/counts.h"
#include "cli/bench_output.h"
#include "cli/command.h"
#include "cli/terminal.h"

namespace mayfly::cli {
namespace {

struct Arguments {
    bench::CountsOptions counts;
    std::string ceilings;  // path
    BenchOutput output;
};

Result<bench::Ceilings> read_ceilings(const std::string& path) {
    std::ifstream file(path);
    if (!file) return fail_errno(ErrorCode::usage, path + " can't be read");
    std::ostringstream text;
    text << file.rdbuf();  // an iterator would throw where reading fails
    auto ceilings = bench::parse_ceilings(text.str());
    if (!ceilings) return fail(ceilings.error().code, path + ": " + ceilings.error().what);
    return ceilings;
}

int run(const Arguments& arguments) {
    bench::CountsOptions options = arguments.counts;
    if (!arguments.ceilings.empty()) {
        auto ceilings = read_ceilings(arguments.ceilings);
        if (!ceilings) return report(ceilings.error());
        options.ceilings = std::move(*ceilings);
    }
    return run_benchmark(arguments.output, std::move(options), bench::measure_counts);
}

}  // namespace

void add_bench_counts(const Command& bench) {
    auto arguments = std::make_shared<Arguments>();
    Command command =
        bench.add("counts", "Count exits, faults, pages and system calls of an invocation; compare with ceilings",
                  "  mayfly bench counts\n  mayfly bench counts --ceilings bench/ceilings.json\n");
    command.number("--samples", "N", arguments->counts.samples, 1, 1'000'000, "invocations of each mode")
        .text("--image", "IMAGE", arguments->counts.image, "the image to run in")
        .text("--ceilings", "FILE.json", arguments->ceilings, "fail when a count is above its ceiling");
    arguments->output.add_options(command);
    command.action([arguments] { return run(*arguments); });
}

}  // namespace mayfly::cli
