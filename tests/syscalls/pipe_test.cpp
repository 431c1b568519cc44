// pipe, pipe2 and FIFOs: capacity, atomicity, both ends' going, waiting, errors.
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "cases.h"

using namespace mayfly::tests;

namespace {

struct Pipe {
    explicit Pipe(int flags = 0) { EXPECT(::pipe2(ends, flags) == 0); }
    ~Pipe() {
        close_reader();
        close_writer();
    }
    void close_reader() { close_once(ends[0]); }
    void close_writer() { close_once(ends[1]); }
    static void close_once(int& fd) {
        if (fd >= 0) ::close(fd);
        fd = -1;
    }
    int reader() const { return ends[0]; }
    int writer() const { return ends[1]; }
    int ends[2] = {-1, -1};
};

int available(int fd) {
    int bytes = -1;
    ::ioctl(fd, FIONREAD, &bytes);
    return bytes;
}

int poll_now(int fd, short events) {
    pollfd one{fd, events, 0};
    ::poll(&one, 1, 0);
    return one.revents;
}

// Writes blocks until the pipe is full; the bytes that went in.
long fill(int fd, std::size_t block) {
    const std::string data(block, 'x');
    long total = 0;
    for (long done; (done = ::write(fd, data.data(), data.size())) > 0;) total += done;
    return total;
}

void brief_pause() { ::usleep(20'000); }

}  // namespace

CASE(pipe_carries_bytes_in_order) {
    Pipe pipe;
    SHOW(::write(pipe.writer(), "hello ", 6));
    SHOW(::write(pipe.writer(), "world", 5));
    SHOW(available(pipe.reader()));
    char buffer[32] = {};
    SHOW(::read(pipe.reader(), buffer, 8));
    SHOW(std::string_view(buffer, 8));
    SHOW(::read(pipe.reader(), buffer, sizeof(buffer)));
    SHOW(std::string_view(buffer, 3));
}

CASE(pipe_gives_the_lowest_numbers) {
    Pipe pipe;
    SHOW(pipe.reader());
    SHOW(pipe.writer());
}

CASE(pipe_flags) {
    Pipe pipe(O_CLOEXEC | O_NONBLOCK);
    SHOW(::fcntl(pipe.reader(), F_GETFD));
    SHOW(::fcntl(pipe.writer(), F_GETFD));
    SHOW(::fcntl(pipe.reader(), F_GETFL) & (O_ACCMODE | O_NONBLOCK));
    SHOW(::fcntl(pipe.writer(), F_GETFL) & (O_ACCMODE | O_NONBLOCK));
}

CASE(pipe_errors) {
    int ends[2];
    OUTCOME(::pipe2(ends, 0x10));
    OUTCOME(::syscall(SYS_pipe2, kUnmapped, 0));
    OUTCOME(::syscall(SYS_pipe, kUnmapped));
    // Nothing was left open by the failures.
    Pipe pipe;
    SHOW(pipe.reader());
}

CASE(pipe_ends_have_one_direction) {
    Pipe pipe;
    char byte = 'a';
    OUTCOME(::write(pipe.reader(), &byte, 1));
    OUTCOME(::read(pipe.writer(), &byte, 1));
    OUTCOME(::lseek(pipe.reader(), 0, SEEK_SET));
    OUTCOME(::pread(pipe.reader(), &byte, 1, 0));
    OUTCOME(::pwrite(pipe.writer(), &byte, 1, 0));
}

CASE(pipe_stat_says_fifo) {
    Pipe pipe;
    struct stat info {};
    EXPECT(::fstat(pipe.reader(), &info) == 0);
    SHOW(S_ISFIFO(info.st_mode) != 0);
    SHOW(info.st_size);
}

CASE(pipe_reads_the_end_after_the_writer_went) {
    Pipe pipe;
    char byte = 'a';
    EXPECT(::write(pipe.writer(), &byte, 1) == 1);
    pipe.close_writer();
    SHOW(::read(pipe.reader(), &byte, 1));
    SHOW(::read(pipe.reader(), &byte, 1));
    SHOW(poll_now(pipe.reader(), POLLIN));
}

CASE(pipe_write_without_reader_is_epipe_and_sigpipe) {
    ::signal(SIGPIPE, SIG_IGN);
    Pipe pipe;
    pipe.close_reader();
    OUTCOME(::write(pipe.writer(), "x", 1));
    SHOW(poll_now(pipe.writer(), POLLOUT));
    static volatile sig_atomic_t seen;
    seen = 0;
    ::signal(SIGPIPE, [](int) { seen = 1; });
    OUTCOME(::write(pipe.writer(), "x", 1));
    SHOW(static_cast<int>(seen));
    SHOW(::write(pipe.writer(), "", 0));
    ::signal(SIGPIPE, SIG_DFL);
}

DEATH_CASE(pipe_sigpipe_ends_the_program) {
    Pipe pipe;
    pipe.close_reader();
    SHOW(::write(pipe.writer(), "x", 1));
}

CASE(pipe_nonblocking_is_eagain) {
    Pipe pipe(O_NONBLOCK);
    char byte;
    OUTCOME(::read(pipe.reader(), &byte, 1));
    SHOW(fill(pipe.writer(), 4096));
    OUTCOME(::write(pipe.writer(), "x", 1));
    SHOW(available(pipe.reader()));
}

CASE(pipe_capacity_in_odd_blocks) {
    Pipe pipe(O_NONBLOCK);
    SHOW(fill(pipe.writer(), 1));
    Pipe other(O_NONBLOCK);
    SHOW(fill(other.writer(), 3000));
    Pipe third(O_NONBLOCK);
    SHOW(fill(third.writer(), 100'000));
}

CASE(pipe_small_writes_are_whole_or_not_at_all) {
    Pipe pipe(O_NONBLOCK);
    EXPECT(fill(pipe.writer(), 4096) == 65536);
    char buffer[4096];
    EXPECT(::read(pipe.reader(), buffer, 100) == 100);
    // 100 bytes are free, but not a slot: Linux lets nothing in.
    OUTCOME(::write(pipe.writer(), buffer, 200));
    OUTCOME(::write(pipe.writer(), buffer, 100));
    SHOW(poll_now(pipe.writer(), POLLOUT));
    EXPECT(::read(pipe.reader(), buffer, 3996) == 3996);
    SHOW(poll_now(pipe.writer(), POLLOUT));
    SHOW(::write(pipe.writer(), buffer, 4096));
}

CASE(pipe_large_nonblocking_write_is_partial) {
    Pipe pipe(O_NONBLOCK);
    const std::string data(70'000, 'y');
    SHOW(::write(pipe.writer(), data.data(), data.size()));
    SHOW(available(pipe.reader()));
}

CASE(pipe_size_can_be_changed) {
    Pipe pipe(O_NONBLOCK);
    SHOW(::fcntl(pipe.writer(), F_GETPIPE_SZ));
    SHOW(::fcntl(pipe.writer(), F_SETPIPE_SZ, 5000));
    SHOW(fill(pipe.writer(), 4096));
    OUTCOME(::fcntl(pipe.reader(), F_SETPIPE_SZ, 4096));
    SHOW(::fcntl(pipe.reader(), F_SETPIPE_SZ, 1 << 17));
    SHOW(fill(pipe.writer(), 4096));
    char buffer[8192];
    SHOW(::read(pipe.reader(), buffer, sizeof(buffer)));
    OUTCOME(::fcntl(STDIN_FILENO + 100, F_GETPIPE_SZ));
}

CASE(pipe_readv_and_writev) {
    Pipe pipe;
    char one[] = "abc", two[] = "defg";
    const iovec out[] = {{one, 3}, {two, 4}};
    SHOW(::writev(pipe.writer(), out, 2));
    char first[5] = {}, second[5] = {};
    const iovec in[] = {{first, 4}, {second, 4}};
    SHOW(::readv(pipe.reader(), in, 2));
    SHOW(first);
    SHOW(second);
}

CASE(pipe_bad_buffers) {
    Pipe pipe(O_NONBLOCK);
    OUTCOME(::syscall(SYS_write, pipe.writer(), kUnmapped, 10));
    SHOW(available(pipe.reader()));
    EXPECT(::write(pipe.writer(), "ab", 2) == 2);
    OUTCOME(::syscall(SYS_read, pipe.reader(), kUnmapped, 2));
    SHOW(available(pipe.reader()));
    SHOW(::read(pipe.reader(), nullptr, 0));
}

CASE(pipe_blocked_reader_is_woken) {
    Pipe pipe;
    std::thread writer([&] {
        brief_pause();
        EXPECT(::write(pipe.writer(), "late", 4) == 4);
    });
    char buffer[8];
    SHOW(::read(pipe.reader(), buffer, sizeof(buffer)));
    writer.join();
}

CASE(pipe_blocked_reader_sees_the_writer_go) {
    Pipe pipe;
    std::thread writer([&] {
        brief_pause();
        pipe.close_writer();
    });
    char byte;
    SHOW(::read(pipe.reader(), &byte, 1));
    writer.join();
}

CASE(pipe_blocked_writer_goes_on_as_room_comes) {
    Pipe pipe;
    const std::string data(200'000, 'z');
    long written = 0;
    std::thread writer([&] { written = ::write(pipe.writer(), data.data(), data.size()); });
    std::string got;
    char buffer[10'000];
    while (got.size() < data.size())
        got.append(buffer, static_cast<std::size_t>(::read(pipe.reader(), buffer, sizeof(buffer))));
    writer.join();
    SHOW(written);
    SHOW(got == data);
}

CASE(pipe_read_is_interrupted_by_a_signal) {
    Pipe pipe;
    struct sigaction action {};
    action.sa_handler = [](int) {};
    ::sigaction(SIGUSR1, &action, nullptr);
    const pthread_t self = ::pthread_self();
    std::thread other([&] {
        brief_pause();
        ::pthread_kill(self, SIGUSR1);
    });
    char byte;
    OUTCOME(::read(pipe.reader(), &byte, 1));
    other.join();
    ::signal(SIGUSR1, SIG_DFL);
}

CASE(pipe_read_goes_on_after_a_signal_with_sa_restart) {
    Pipe pipe;
    struct sigaction action {};
    action.sa_handler = [](int) {};
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGUSR1, &action, nullptr);
    const pthread_t self = ::pthread_self();
    std::thread other([&] {
        brief_pause();
        ::pthread_kill(self, SIGUSR1);
        brief_pause();
        EXPECT(::write(pipe.writer(), "x", 1) == 1);
    });
    char byte;
    SHOW(::read(pipe.reader(), &byte, 1));
    other.join();
    ::signal(SIGUSR1, SIG_DFL);
}

CASE(fifo_opens_when_both_sides_came) {
    EXPECT(::mkfifo("fifo", 0644) == 0);
    int writer = -1;
    std::thread other([&] { writer = ::open("fifo", O_WRONLY); });
    const int reader = ::open("fifo", O_RDONLY);
    other.join();
    SHOW(reader >= 0 && writer >= 0);
    SHOW(::write(writer, "abc", 3));
    char buffer[4] = {};
    SHOW(::read(reader, buffer, sizeof(buffer)));
    ::close(writer);
    SHOW(::read(reader, buffer, sizeof(buffer)));
    ::close(reader);
}

CASE(fifo_without_waiting) {
    EXPECT(::mkfifo("fifo", 0644) == 0);
    OUTCOME(::open("fifo", O_WRONLY | O_NONBLOCK));
    const int reader = ::open("fifo", O_RDONLY | O_NONBLOCK);
    EXPECT(reader >= 0);
    char byte;
    SHOW(::read(reader, &byte, 1));
    SHOW(poll_now(reader, POLLIN));
    const int writer = ::open("fifo", O_WRONLY | O_NONBLOCK);
    EXPECT(writer >= 0);
    OUTCOME(::read(reader, &byte, 1));
    SHOW(::write(writer, "q", 1));
    SHOW(poll_now(reader, POLLIN));
    ::close(writer);
    SHOW(poll_now(reader, POLLIN));
    SHOW(::read(reader, &byte, 1));
    ::close(reader);
}

CASE(fifo_for_both_directions) {
    EXPECT(::mkfifo("fifo", 0644) == 0);
    const int fd = ::open("fifo", O_RDWR);
    EXPECT(fd >= 0);
    SHOW(::write(fd, "ab", 2));
    char buffer[2];
    SHOW(::read(fd, buffer, 2));
    ::close(fd);
    OUTCOME(::mkfifo("fifo", 0644));
}
