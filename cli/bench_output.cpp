#include "cli/bench_output.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>

#include "base/unique_fd.h"
#include "cli/engine.h"
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

Result<void> check_writable(const std::string& file) {
    if (file.empty()) return {};
    const std::filesystem::path path = file;
    std::error_code code;
    const bool is_there = std::filesystem::exists(path, code);
    const std::string place = is_there ? file : path.has_parent_path() ? path.parent_path().string() : ".";
    if (std::filesystem::is_directory(path, code)) return fail(ErrorCode::usage, file + " is a folder");
    if (::access(place.c_str(), W_OK) != 0) return fail_errno(ErrorCode::usage, file + " can't be written");
    return {};
}

Result<void> keep(const bench::Report& measured, const BenchOutput& output, const std::string& json) {
    if (!output.save.empty()) MF_TRY(write_file(output.save, json + "\n"));
    if (output.plot.empty()) return {};
    MF_TRY(write_file(output.plot, bench::to_svg(measured)));
    write_all(STDERR_FILENO, "plot in " + output.plot + "\n");
    return {};
}

int show(const bench::Report& measured, const BenchOutput& output) {
    const std::string json = bench::to_json(measured, output.raw ? bench::Raw::yes : bench::Raw::no);
    write_all(STDOUT_FILENO, output.json ? json + "\n" : bench::to_table(measured));
    if (const auto kept = keep(measured, output, json); !kept) return report(kept.error());
    for (const bench::Proof& proof : measured.proofs)
        if (!proof.holds) print_error("proof failed: " + proof.name + ": " + proof.found);
    return measured.proven() ? kExitFinished : kExitFunctionError;
}

}  // namespace

void BenchOutput::add_options(Command& command) {
    command.flag("--json", json, "print machine and rows as JSON")
        .text("--save", "FILE.json", save, "write the same JSON into a file")
        .flag("--raw", raw, "with every sample in the JSON")
        .text("--plot", "FILE.svg", plot, "draw it into an SVG file");
}

Result<void> BenchOutput::check() const {
    MF_TRY(check_writable(plot));
    return check_writable(save);
}

int run_benchmark(const BenchOutput& output,
                  const std::function<Result<bench::Report>(const bench::RowProgress&)>& measure) {
    if (const auto writable = output.check(); !writable) return report(writable.error());
    ProgressLine progress;
    const auto measured = measure(
        [&](std::string_view phase, std::size_t done, std::size_t total) { progress.show(phase, "", done, total); });
    progress.clear();
    return measured ? show(*measured, output) : report(measured.error());
}

int run_benchmark(const BenchOutput& output,
                  const std::function<Result<bench::Report>(Engine&, const bench::RowProgress&)>& measure) {
    return run_benchmark(output, [&](const bench::RowProgress& progress) -> Result<bench::Report> {
        Engine engine = MF_TRY(open_engine());
        return measure(engine, progress);
    });
}

}  // namespace mayfly::cli
