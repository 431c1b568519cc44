#include "guest/ipc/terminal.h"

#include <asm/ioctls.h>

namespace mayfly::guest {

namespace {

constexpr u32 kMaxTerminals = 64;
constinit u64 numbers_in_use = 0;

// Linux's tty_std_termios.
constexpr termios kInitialSettings = {
    ICRNL | IXON,
    OPOST | ONLCR,
    B38400 | CS8 | CREAD,
    ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
    0,
    {003, 034, 0177, 025, 004, 0, 1, 0, 021, 023, 032, 0, 022, 017, 027, 026, 0, 0, 0},
};

}  // namespace

ErrnoOr<Ref<Terminal>> Terminal::create() {
    if (~numbers_in_use == 0) return fail(ENOSPC);
    return make_ref<Terminal>(static_cast<u32>(__builtin_ctzll(~numbers_in_use)));
}

Terminal::Terminal(u32 number) : settings(kInitialSettings), number_(number) {
    static_assert(kMaxTerminals == 64);
    numbers_in_use |= 1ull << number_;
}

Terminal::~Terminal() { numbers_in_use &= ~(1ull << number_); }

ErrnoOr<void> Terminal::put(ByteQueue& queue, std::string_view text) {
    for (char c : text) {
        std::byte byte{static_cast<u8>(c)};
        auto from = IoBuffer::kernel({&byte, 1});
        MF_TRY(queue.append(from, 1));
    }
    return {};
}

ErrnoOr<usize> Terminal::type(IoBuffer& from) {
    usize total = 0;
    while (from.remaining() > 0 && input_has_room()) {
        char c = 0;
        const auto taken = from.take(&c, 1);
        if (!taken && total == 0) return taken;
        if (!taken) break;
        MF_TRY(type(c));
        ++total;
    }
    return total;
}

ErrnoOr<void> Terminal::type(char c) {
    if (c == '\r' && (settings.c_iflag & IGNCR)) return {};
    if (c == '\r' && (settings.c_iflag & ICRNL))
        c = '\n';
    else if (c == '\n' && (settings.c_iflag & INLCR))
        c = '\r';
    // There are no sessions and no foreground: the keys that signal do nothing but vanish.
    if (has(ISIG) && (is_control(c, VINTR) || is_control(c, VQUIT) || is_control(c, VSUSP))) return echo(c);
    if ((settings.c_iflag & IXON) && (is_control(c, VSTART) || is_control(c, VSTOP))) return {};
    if (has(ICANON)) return edit(c);
    MF_TRY(echo(c));
    return put(input_, {&c, 1});
}

ErrnoOr<void> Terminal::edit(char c) {
    if (is_control(c, VERASE)) return erase();
    if (is_control(c, VKILL)) {
        while (!line_.empty()) MF_TRY(erase());
        return {};
    }
    if (is_control(c, VEOF)) return end_line();
    MF_TRY(echo(c));
    const bool ends = c == '\n' || is_control(c, VEOL);
    if (line_.size() < kMaxLine || ends) MF_TRY(line_.push_back(c));
    if (ends) return end_line();
    return {};
}

ErrnoOr<void> Terminal::end_line() {
    MF_TRY(lines_.push_back(line_.size()));
    MF_TRY(put(input_, {line_.data(), line_.size()}));
    line_.clear();
    return {};
}

ErrnoOr<void> Terminal::erase() {
    if (line_.empty()) return {};
    line_.pop_back();
    if (has(ECHO) && has(ECHOE)) return put(output_, "\b \b");
    return {};
}

ErrnoOr<void> Terminal::echo(char c) {
    if (!has(ECHO)) {
        if (c == '\n' && has(ECHONL) && has(ICANON)) return print(c);
        return {};
    }
    const auto code = static_cast<u8>(c);
    if (has(ECHOCTL) && (code < ' ' || code == 0177) && c != '\n' && c != '\t') {
        const char shown[] = {'^', static_cast<char>(code ^ 0100)};
        return put(output_, {shown, sizeof(shown)});
    }
    return print(c);
}

ErrnoOr<void> Terminal::print(char c) {
    const auto flag = [&](u32 wanted) { return (settings.c_oflag & OPOST) && (settings.c_oflag & wanted); };
    if (c == '\n' && flag(ONLCR)) return put(output_, "\r\n");
    if (c == '\r' && flag(OCRNL)) c = '\n';
    return put(output_, {&c, 1});
}

ErrnoOr<usize> Terminal::print(IoBuffer& from) {
    if (!(settings.c_oflag & OPOST)) return output_.append(from, kMaxQueued - output_.bytes());
    usize total = 0;
    while (from.remaining() > 0 && output_has_room()) {
        char c = 0;
        const auto taken = from.take(&c, 1);
        if (!taken && total == 0) return taken;
        if (!taken) break;
        MF_TRY(print(c));
        ++total;
    }
    return total;
}

ErrnoOr<usize> Terminal::read_output(IoBuffer& to) { return output_.take(to); }

bool Terminal::input_ready() const { return has(ICANON) ? !lines_.empty() : !input_.empty(); }

ErrnoOr<usize> Terminal::read_input(IoBuffer& to) {
    if (!has(ICANON) || lines_.empty()) {
        lines_.clear();
        return input_.take(to);
    }
    // Up to the end of the line: byte by byte, as the buffer may be longer.
    usize total = 0;
    usize& left = lines_[0];
    while (left > 0 && to.remaining() > 0) {
        std::byte byte{};
        auto one = IoBuffer::kernel({&byte, 1});
        MF_TRY(input_.peek(one));
        const auto given = to.give(&byte, 1);
        if (!given) return total > 0 ? ErrnoOr<usize>(total) : given;
        input_.drop(1);
        --left;
        ++total;
    }
    if (left == 0) lines_.erase(0);
    return total;
}

void Terminal::flush_input() {
    input_.drop(input_.bytes());
    lines_.clear();
    line_.clear();
}

void Terminal::flush_output() { output_.drop(output_.bytes()); }

void Terminal::attach(TerminalEnd& end) {
    ends_.push_back(end);
    if (end.is_master()) {
        ++masters_;
    } else {
        ++slaves_;
        had_slave_ = true;
    }
}

void Terminal::detach(TerminalEnd& end) {
    ends_.remove(end);
    --(end.is_master() ? masters_ : slaves_);
    wake_all();
}

void Terminal::wake_all() {
    for (TerminalEnd* end = ends_.front(); end != nullptr; end = ends_.next(*end)) end->ready().wake_all();
}

}  // namespace mayfly::guest
