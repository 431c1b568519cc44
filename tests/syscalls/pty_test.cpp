// Pseudoterminals: line editing, echo, raw mode, what happens when an end goes.
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <thread>

#include "cases.h"

using namespace mayfly::tests;

namespace {

struct Pty {
    Pty() { EXPECT(::openpty(&master, &slave, nullptr, nullptr, nullptr) == 0); }
    int master = -1, slave = -1;
};

// Control characters as ^X, so that the output stays printable.
std::string receive(int fd) {
    char buffer[256];
    const ssize_t bytes = ::read(fd, buffer, sizeof(buffer));
    if (bytes < 0) return outcome(bytes);
    std::string result;
    for (const char c : std::string_view(buffer, static_cast<std::size_t>(bytes))) {
        if (static_cast<unsigned char>(c) < ' ')
            result += {'^', static_cast<char>(c + '@')};
        else
            result += c;
    }
    return result;
}

bool send(int fd, std::string_view text) {
    return ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

int poll_for(int fd, int timeout_ms) {
    pollfd one{fd, POLLIN | POLLOUT, 0};
    ::poll(&one, 1, timeout_ms);
    return one.revents;
}

void make_raw(int fd) {
    termios settings{};
    EXPECT(::tcgetattr(fd, &settings) == 0);
    ::cfmakeraw(&settings);
    EXPECT(::tcsetattr(fd, TCSANOW, &settings) == 0);
}

}  // namespace

CASE(pty_ends_are_terminals) {
    const Pty pty;
    SHOW(::isatty(pty.master));
    SHOW(::isatty(pty.slave));
    struct stat info {};
    EXPECT(::fstat(pty.slave, &info) == 0);
    SHOW(S_ISCHR(info.st_mode) != 0);
    termios settings{};
    EXPECT(::tcgetattr(pty.slave, &settings) == 0);
    SHOW(settings.c_iflag);
    SHOW(settings.c_oflag);
    SHOW(settings.c_lflag);
    SHOW(static_cast<int>(settings.c_cc[VERASE]));
}

CASE(pty_echoes_and_gives_lines) {
    const Pty pty;
    EXPECT(send(pty.master, "one\ntw"));
    SHOW(receive(pty.slave));
    SHOW(receive(pty.master));
    EXPECT(::fcntl(pty.slave, F_SETFL, O_NONBLOCK) == 0);
    SHOW(receive(pty.slave));
    EXPECT(send(pty.master, "o\n"));
    SHOW(receive(pty.slave));
}

CASE(pty_one_line_a_read) {
    const Pty pty;
    EXPECT(send(pty.master, "a\nbc\n"));
    SHOW(receive(pty.slave));
    char byte = 0;
    EXPECT(::read(pty.slave, &byte, 1) == 1);
    SHOW(receive(pty.slave));
}

CASE(pty_erase_and_end_of_file) {
    const Pty pty;
    EXPECT(send(pty.master,
                "abx\x7f"
                "c\n"));
    SHOW(receive(pty.slave));
    EXPECT(send(pty.master, "part\x04"));
    SHOW(receive(pty.slave));
    EXPECT(send(pty.master, "\x04"));
    SHOW(receive(pty.slave));
}

CASE(pty_output_newlines) {
    const Pty pty;
    EXPECT(send(pty.slave, "x\ny"));
    SHOW(receive(pty.master));
}

CASE(pty_raw_mode_passes_everything) {
    const Pty pty;
    make_raw(pty.slave);
    EXPECT(send(pty.master, "\x03\x04\r\nq"));
    SHOW(receive(pty.slave));
    EXPECT(send(pty.slave, "x\n"));
    SHOW(receive(pty.master));
}

CASE(pty_window_size) {
    const Pty pty;
    winsize size{33, 99, 0, 0};
    EXPECT(::ioctl(pty.master, TIOCSWINSZ, &size) == 0);
    winsize shown{};
    EXPECT(::ioctl(pty.slave, TIOCGWINSZ, &shown) == 0);
    SHOW(shown.ws_row);
    SHOW(shown.ws_col);
}

CASE(pty_master_after_the_slave_closed) {
    const Pty pty;
    EXPECT(send(pty.slave, "bye"));
    ::close(pty.slave);
    SHOW(receive(pty.master));
    SHOW(receive(pty.master));
    SHOW((poll_for(pty.master, 0) & POLLHUP) != 0);
}

CASE(pty_slave_after_the_master_closed) {
    const Pty pty;
    ::close(pty.master);
    SHOW(receive(pty.slave));
    OUTCOME(::write(pty.slave, "x", 1));
    SHOW((poll_for(pty.slave, 0) & POLLHUP) != 0);
}

CASE(pty_reader_is_woken) {
    const Pty pty;
    SHOW(poll_for(pty.slave, 0) & POLLIN);
    std::thread writer([&] {
        ::usleep(20'000);
        EXPECT(send(pty.master, "late\n"));
    });
    SHOW(receive(pty.slave));
    writer.join();
}

CASE(pty_terminal_calls_on_other_files) {
    int ends[2];
    EXPECT(::pipe(ends) == 0);
    termios settings{};
    OUTCOME(::tcgetattr(ends[0], &settings));
    SHOW(::isatty(ends[0]));
    winsize size{};
    OUTCOME(::ioctl(ends[0], TIOCGWINSZ, &size));
}
