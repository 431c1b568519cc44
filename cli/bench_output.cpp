#include "cli/bench_output.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/unique_fd.h"
#include "cli/exit_code.h"
#include "cli/terminal.h"

namespace mayfly::cli {
namespace {

Result<void> write_file(const std::string& path, const std::string& content) {
    const UniqueFd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)};
    if (!file) return fail_errno(ErrorCode::usage, path + " can't be written");
    if (::write(file.get(), content.data(), content.size()) != static_cast<ssize_t>(content.size()))
        return fail_errno(ErrorCode::io, path + " can't be written");
    return {};
}

}  // namespace

void BenchOutput::add_options(Command& command) {
    command.flag("--json", json, "print machine and rows as JSON")
        .text("--plot", "FILE.svg", plot, "draw the distributions into an SVG file");
}

int show(const bench::Report& measured, const BenchOutput& output) {
    write_all(STDOUT_FILENO, output.json ? bench::to_json(measured) + "\n" : bench::to_table(measured));
    if (output.plot.empty()) return kExitFinished;
    if (const auto written = write_file(output.plot, bench::to_svg(measured)); !written) return report(written.error());
    write_all(STDERR_FILENO, "plot in " + output.plot + "\n");
    return kExitFinished;
}

}  // namespace mayfly::cli
