// The two ends of a pseudoterminal as files: pty(7), tty_ioctl(4).
#include <asm/ioctls.h>

#include "guest/fs/fd_table.h"
#include "guest/ipc/terminal.h"
#include "guest/lib/format.h"
#include "guest/thread/thread.h"

namespace mayfly::guest {

TerminalEnd::TerminalEnd(Ref<Terminal> terminal, bool master, int flags)
    : File(flags), terminal_(std::move(terminal)), master_(master) {
    terminal_->attach(*this);
}

TerminalEnd::~TerminalEnd() { terminal_->detach(*this); }

ErrnoOr<void> TerminalEnd::wait_or_again() {
    if (nonblocking()) return fail(EAGAIN);
    return ready().wait();
}

ErrnoOr<usize> TerminalEnd::read(IoBuffer& to) {
    if (to.remaining() == 0) return 0;
    while (!(master_ ? terminal_->output_ready() : terminal_->input_ready())) {
        if (master_ && terminal_->slaves_gone()) return fail(EIO);
        if (!master_ && !terminal_->master_open()) return 0;
        const bool waits = (terminal_->settings.c_lflag & ICANON) || terminal_->settings.c_cc[VMIN] > 0;
        if (!master_ && !waits) return 0;
        MF_TRY(wait_or_again());
    }
    const auto moved = master_ ? terminal_->read_output(to) : terminal_->read_input(to);
    terminal_->wake_all();
    return moved;
}

ErrnoOr<usize> TerminalEnd::write(IoBuffer& from) {
    usize total = 0;
    while (from.remaining() > 0) {
        if (!master_ && !terminal_->master_open()) return total > 0 ? ErrnoOr<usize>(total) : fail(EIO);
        const auto moved = master_ ? terminal_->type(from) : terminal_->print(from);
        if (!moved) return total > 0 ? ErrnoOr<usize>(total) : moved;
        total += *moved;
        if (*moved > 0) {
            terminal_->wake_all();
            continue;
        }
        if (const auto waited = wait_or_again(); !waited)
            return total > 0 ? ErrnoOr<usize>(total) : Unexpected(waited.error());
    }
    return total;
}

ErrnoOr<usize> TerminalEnd::bytes_ready() { return master_ ? terminal_->output_bytes() : terminal_->input_bytes(); }

u32 TerminalEnd::poll() {
    const bool gone = master_ ? terminal_->slaves_gone() : !terminal_->master_open();
    if (gone && !master_) return POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDNORM | POLLWRNORM;
    u32 events = gone ? POLLHUP : 0;
    if (master_ ? terminal_->output_ready() : terminal_->input_ready()) events |= POLLIN | POLLRDNORM;
    if (master_ ? terminal_->input_has_room() : terminal_->output_has_room()) events |= POLLOUT | POLLWRNORM;
    return events;
}

ErrnoOr<void> TerminalEnd::flush(u64 what) {
    if (what > TCIOFLUSH) return fail(EINVAL);
    // What is input for one end is output for the other.
    if (what != TCOFLUSH) terminal_->flush_input();
    if (what != TCIFLUSH) terminal_->flush_output();
    terminal_->wake_all();
    return {};
}

SysResult TerminalEnd::ioctl(u32 request, UserAddr argument) {
    if (!master_ && !terminal_->master_open()) return fail(EIO);
    switch (request) {
    case TCGETS: MF_TRY(UserPtr<termios>(argument).put(terminal_->settings)); return 0;
    case TCSETS:
    case TCSETSW:
    case TCSETSF: {
        const auto settings = MF_TRY(UserPtr<termios>(argument).get());
        if (request == TCSETSF) terminal_->flush_input();
        terminal_->settings = settings;
        terminal_->wake_all();
        return 0;
    }
    case TIOCGWINSZ: MF_TRY(UserPtr<winsize>(argument).put(terminal_->window)); return 0;
    case TIOCSWINSZ: terminal_->window = MF_TRY(UserPtr<winsize>(argument).get()); return 0;
    case TCFLSH: MF_TRY(flush(raw(argument))); return 0;
    case TCSBRK:
    case TCSBRKP:
    case TCXONC: return 0;
    case TIOCOUTQ: MF_TRY(UserPtr<int>(argument).put(0)); return 0;
    default: return master_ ? master_ioctl(request, argument) : fail(ENOTTY);
    }
}

SysResult TerminalEnd::master_ioctl(u32 request, UserAddr argument) {
    switch (request) {
    case TIOCGPTN: MF_TRY(UserPtr<u32>(argument).put(terminal_->number())); return 0;
    case TIOCSPTLCK: terminal_->locked = MF_TRY(UserPtr<int>(argument).get()) != 0; return 0;
    case TIOCGPTLCK: MF_TRY(UserPtr<int>(argument).put(terminal_->locked ? 1 : 0)); return 0;
    case TIOCGPTPEER: {
        if (terminal_->locked) return fail(EIO);
        const auto flags = static_cast<int>(raw(argument));
        auto slave = MF_TRY(make_ref<TerminalEnd>(terminal_, false, flags & (O_ACCMODE | O_NONBLOCK)));
        return MF_TRY(current().fds().install(std::move(slave), (flags & O_CLOEXEC) != 0));
    }
    default: return fail(ENOTTY);
    }
}

ErrnoOr<String> TerminalEnd::name() const {
    if (master_) return String::of("/dev/ptmx");
    char buffer[32];
    Format text(buffer);
    text.text("/dev/pts/").unsigned_decimal(terminal_->number());
    return String::of(text.view());
}

ErrnoOr<Ref<File>> open_ptmx(int flags) {
    auto terminal = MF_TRY(Terminal::create());
    return Ref<File>(MF_TRY(make_ref<TerminalEnd>(std::move(terminal), true, flags)));
}

}  // namespace mayfly::guest
