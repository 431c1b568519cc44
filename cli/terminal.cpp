#include "cli/terminal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>

#include "cli/exit_code.h"
#include "cli/interrupt.h"

namespace mayfly::cli {
namespace {

constexpr std::chrono::milliseconds kRedraw{50};
constexpr std::size_t kBarWidth = 24;

std::atomic<bool> standard_output_failed{false};

std::size_t terminal_columns() {
    winsize size{};
    return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

const char* code(Style style) {
    switch (style) {
    case Style::bold: return "1";
    case Style::dim: return "2";
    case Style::red: return "31";
    case Style::green: return "32";
    case Style::yellow: return "33";
    }
    return "0";
}

// Of a descriptor that another program has made non-blocking.
void wait_for_room(int fd) {
    pollfd entry{fd, POLLOUT, 0};
    ::poll(&entry, 1, -1);
}

Result<void> try_to_write(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(fd, text.data(), text.size());
        if (written >= 0)
            text.remove_prefix(static_cast<std::size_t>(written));
        else if (errno == EAGAIN)
            wait_for_room(fd);
        else if (errno != EINTR)
            return fail_errno(ErrorCode::io, "writing to standard output");
    }
    return {};
}

}  // namespace

void open_standard_streams() {
    int fd = 0;
    while (fd <= STDERR_FILENO && fd >= 0) fd = ::open("/dev/null", O_RDWR);
    if (fd > STDERR_FILENO) ::close(fd);
}

void write_all(int fd, std::string_view text) {
    if (fd == STDOUT_FILENO && output_failed()) return;
    const auto written = try_to_write(fd, text);
    if (!written && fd == STDOUT_FILENO && !standard_output_failed.exchange(true))
        print_error(written.error().message());
}

bool output_failed() { return standard_output_failed; }

std::string styled(int fd, Style style, std::string_view text) {
    const char* no_color = std::getenv("NO_COLOR");
    const bool plain = ::isatty(fd) == 0 || (no_color != nullptr && *no_color != '\0');
    return plain ? std::string(text) : fmt::format("\x1b[{}m{}\x1b[0m", code(style), text);
}

void print_error(std::string_view what) {
    while (what.ends_with('\n')) what.remove_suffix(1);
    write_all(STDERR_FILENO, fmt::format("{} {}\n", styled(STDERR_FILENO, Style::red, "mayfly:"), what));
}

int report(const Error& error) {
    if (interrupted()) return kExitInterrupted;  // whoever pressed Ctrl-C knows why it failed
    print_error(error.message());
    return exit_code(error.code);
}

ProgressLine::ProgressLine() : terminal_(::isatty(STDERR_FILENO) != 0) {}

void ProgressLine::show(std::string_view step, std::string_view detail, std::uint64_t done, std::uint64_t total) {
    const bool new_step = step != step_;
    step_ = step;
    if (!terminal_) {
        if (new_step) write_all(STDERR_FILENO, fmt::format("{}\n", step));
        return;
    }
    const auto now = std::chrono::steady_clock::now();
    if (!new_step && now - last_ < kRedraw) return;
    last_ = now;
    drawn_ = true;
    write_all(STDERR_FILENO, "\r\x1b[K" + draw(detail, done, total));
}

std::string ProgressLine::draw(std::string_view detail, std::uint64_t done, std::uint64_t total) const {
    std::string line;
    if (total > 0) {
        const std::uint64_t part = std::min(done, total);
        const auto filled = static_cast<std::size_t>(part * kBarWidth / total);
        line = fmt::format("[{}{}] {:3}% ", std::string(filled, '#'), std::string(kBarWidth - filled, '.'),
                           part * 100 / total);
    }
    line += step_;
    if (!detail.empty()) line += fmt::format(": {}", detail);
    // A line that wraps can't be drawn over.
    return line.substr(0, terminal_columns() - 1);
}

void ProgressLine::clear() {
    if (drawn_) write_all(STDERR_FILENO, "\r\x1b[K");
    drawn_ = false;
}

}  // namespace mayfly::cli
