#include "cli/format.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "bench/report/report.h"
#include "cli/terminal.h"

namespace mayfly::cli {
namespace {

// Columns on the screen, not bytes: "µ" takes two bytes.
std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string padded(const std::string& text, std::size_t width) {
    const std::size_t columns = width_of(text);
    return text + std::string(width > columns ? width - columns : 0, ' ');
}

Style outcome_style(Outcome outcome) {
    if (outcome == Outcome::finished) return Style::green;
    return outcome == Outcome::function_error ? Style::yellow : Style::red;
}

std::string counted(std::uint64_t count, std::string_view what) {
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

// The reset ran before this event, in part while nobody waited: it is no summand of the time.
std::string reset_text(const Receipt& receipt) {
    if (receipt.reset_ns == 0) return {};
    return fmt::format("; {} put back before, in {}", counted(receipt.reset_pages, "page"),
                       human_nanoseconds(receipt.reset_ns));
}

}  // namespace

std::string human_bytes(std::uint64_t bytes) {
    constexpr std::array<const char*, 4> kUnits{"KiB", "MiB", "GiB", "TiB"};
    if (bytes < 1024) return fmt::format("{} B", bytes);
    double value = static_cast<double>(bytes) / 1024;
    std::size_t unit = 0;
    for (; value >= 1024 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
    return fmt::format("{:.{}f} {}", value, value < 100 ? 1 : 0, kUnits[unit]);
}

std::string human_nanoseconds(std::uint64_t nanoseconds) {
    return nanoseconds == 0 ? "0" : bench::human_time(static_cast<double>(nanoseconds) / 1e3);
}

std::string human_date(std::int64_t seconds) {
    const std::time_t time = seconds;
    std::tm parts{};
    ::localtime_r(&time, &parts);
    std::array<char, 32> text{};
    const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M", &parts);
    return {text.data(), length};
}

std::string Table::text() const {
    std::vector<std::size_t> widths(rows_.front().size(), 0);
    for (const auto& row : rows_)
        for (std::size_t column = 0; column < row.size(); ++column)
            widths[column] = std::max(widths[column], width_of(row[column]));

    std::string text;
    for (const auto& row : rows_) {
        std::string line;
        for (std::size_t column = 0; column < row.size(); ++column)
            line += column + 1 < row.size() ? padded(row[column], widths[column] + 2) : row[column];
        text += &row == &rows_.front() ? styled(STDOUT_FILENO, Style::bold, line) : line;
        text += '\n';
    }
    return text;
}

std::string properties(const std::vector<std::pair<std::string, std::string>>& entries) {
    std::size_t width = 0;
    for (const auto& [name, value] : entries) width = std::max(width, width_of(name));
    std::string text;
    for (const auto& [name, value] : entries) text += padded(name, width + 2) + value + "\n";
    return text;
}

std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
    return fmt::format("{}", fmt::join(parts, separator));
}

std::string receipt_text(const Invocation& invocation) {
    const Receipt& receipt = invocation.receipt;
    const auto time = human_nanoseconds;
    std::string outcome = styled(STDERR_FILENO, outcome_style(invocation.outcome), to_string(invocation.outcome));
    if (!invocation.cause.empty()) outcome += ": " + invocation.cause;

    std::string text = fmt::format("outcome  {}\n", outcome);
    if (invocation.outcome == Outcome::refused) return text;  // nothing ran
    text += fmt::format("time     {} = queue {} + resume {} + run {} + rest; cpu {}\n", time(receipt.total_ns),
                        time(receipt.queue_ns), time(receipt.resume_ns), time(receipt.run_ns), time(receipt.cpu_ns));
    text += fmt::format("memory   peak {}, {}{}\n", human_bytes(receipt.memory_peak_bytes),
                        counted(receipt.private_pages, "private page"), reset_text(receipt));
    text += fmt::format("peaks    {} of /tmp, {}, {}\n", human_bytes(receipt.tmp_peak_bytes),
                        counted(receipt.threads_peak, "thread"), counted(receipt.files_peak, "open file"));
    text += fmt::format("guest    {}, {}, {}{}\n", counted(receipt.exits, "exit"),
                        counted(receipt.syscalls, "system call"), counted(receipt.page_faults, "page fault"),
                        receipt.unknown_syscalls > 0 ? ", " + counted(receipt.unknown_syscalls, "unknown call") : "");
    text += fmt::format(
        "request  {} ({}{}), event {}, reply {}, log {}{}{}\n", invocation.request_id, to_string(receipt.mode),
        receipt.new_microvm ? ", new microVM" : "", human_bytes(receipt.event_bytes), human_bytes(receipt.reply_bytes),
        human_bytes(receipt.log_bytes), receipt.log_bytes > 0 && invocation.logs.empty() ? " (not shown)" : "",
        receipt.log_dropped_bytes > 0 ? ", dropped " + human_bytes(receipt.log_dropped_bytes) : "");
    return text;
}

}  // namespace mayfly::cli
