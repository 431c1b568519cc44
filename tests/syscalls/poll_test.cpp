// poll, ppoll, select and pselect.
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <thread>
#include <vector>

#include "cases.h"

using namespace mayfly::tests;

namespace {

struct Pipe {
    Pipe() { EXPECT(::pipe(ends) == 0); }
    int reader() const { return ends[0]; }
    int writer() const { return ends[1]; }
    int ends[2] = {-1, -1};
};

long ms_now() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
}

volatile sig_atomic_t handled;

void handle(int signal) {
    struct sigaction action {};
    action.sa_handler = [](int) { handled = handled + 1; };
    ::sigaction(signal, &action, nullptr);
    handled = 0;
}

// Sends the signal to the calling thread, a little later.
std::thread signal_soon(int signal) {
    return std::thread([target = ::pthread_self(), signal] {
        ::usleep(20'000);
        ::pthread_kill(target, signal);
    });
}

}  // namespace

CASE(poll_tells_what_is_ready) {
    Pipe pipe;
    pollfd fds[] = {{pipe.reader(), POLLIN, 0}, {pipe.writer(), POLLOUT, 0}, {-1, POLLIN, 77}, {99, POLLIN, 0}};
    SHOW(::poll(fds, 4, 0));
    for (const auto& one : fds) SHOW(one.revents);
    EXPECT(::write(pipe.writer(), "x", 1) == 1);
    SHOW(::poll(fds, 2, 0));
    SHOW(fds[0].revents);
}

CASE(poll_hangup_and_error_come_unasked) {
    Pipe pipe;
    ::close(pipe.writer());
    pollfd one{pipe.reader(), 0, 0};
    SHOW(::poll(&one, 1, -1));
    SHOW(one.revents);
    Pipe other;
    ::close(other.reader());
    pollfd two{other.writer(), 0, 0};
    SHOW(::poll(&two, 1, -1));
    SHOW(two.revents);
}

CASE(poll_regular_files_are_always_ready) {
    EXPECT(write_file("file", ""));
    const int fd = ::open("file", O_RDWR);
    pollfd one{fd, POLLIN | POLLOUT | POLLPRI, 0};
    SHOW(::poll(&one, 1, -1));
    SHOW(one.revents);
}

CASE(poll_waits_no_longer_than_asked) {
    Pipe pipe;
    pollfd one{pipe.reader(), POLLIN, 5};
    const long start = ms_now();
    SHOW(::poll(&one, 1, 30));
    SHOW(one.revents);
    SHOW(ms_now() - start >= 30);
    SHOW(::poll(nullptr, 0, 10));
}

CASE(poll_is_woken_by_any_of_many) {
    std::vector<Pipe> pipes(20);
    std::vector<pollfd> fds;
    for (const auto& pipe : pipes) fds.push_back({pipe.reader(), POLLIN, 0});
    std::thread writer([&] {
        ::usleep(20'000);
        EXPECT(::write(pipes[17].writer(), "x", 1) == 1);
    });
    SHOW(::poll(fds.data(), fds.size(), -1));
    SHOW(fds[17].revents);
    SHOW(fds[16].revents);
    writer.join();
}

CASE(poll_same_descriptor_twice) {
    Pipe pipe;
    pollfd fds[] = {{pipe.writer(), POLLOUT, 0}, {pipe.writer(), POLLIN, 0}, {pipe.writer(), POLLOUT, 0}};
    SHOW(::poll(fds, 3, 0));
    SHOW(fds[1].revents);
}

CASE(poll_errors) {
    OUTCOME(::syscall(SYS_poll, kUnmapped, 1, 0));
    SHOW(::syscall(SYS_poll, kUnmapped, 0, 0));
    std::vector<pollfd> many(1100, pollfd{-1, 0, 0});
    const rlimit limit{1024, 1024};
    EXPECT(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
    OUTCOME(::poll(many.data(), many.size(), 0));
    SHOW(::poll(many.data(), 1000, 0));
}

CASE(poll_is_interrupted_even_with_sa_restart) {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGUSR1, &action, nullptr);
    auto other = signal_soon(SIGUSR1);
    OUTCOME(::poll(nullptr, 0, 5000));
    other.join();
}

CASE(ppoll_writes_the_time_left) {
    // glibc's wrapper hides that; the call itself shows it.
    Pipe pipe;
    EXPECT(::write(pipe.writer(), "x", 1) == 1);
    pollfd one{pipe.reader(), POLLIN, 0};
    timespec timeout{100, 0};
    SHOW(::syscall(SYS_ppoll, &one, 1, &timeout, nullptr, 8));
    SHOW(timeout.tv_sec >= 90 && timeout.tv_sec < 100);
    timeout = {0, 10'000'000};
    pollfd none{-1, 0, 0};
    SHOW(::syscall(SYS_ppoll, &none, 1, &timeout, nullptr, 8));
    SHOW(timeout.tv_sec + timeout.tv_nsec);
}

CASE(ppoll_errors) {
    pollfd one{-1, 0, 0};
    timespec bad{0, 1'000'000'000};
    OUTCOME(::syscall(SYS_ppoll, &one, 1, &bad, nullptr, 8));
    bad = {-1, 0};
    OUTCOME(::syscall(SYS_ppoll, &one, 1, &bad, nullptr, 8));
    timespec zero{0, 0};
    sigset_t mask;
    ::sigemptyset(&mask);
    OUTCOME(::syscall(SYS_ppoll, &one, 1, &zero, &mask, 16));
    OUTCOME(::syscall(SYS_ppoll, &one, 1, kKernelAddress, nullptr, 8));
}

CASE(ppoll_takes_a_blocked_signal_with_its_mask) {
    handle(SIGUSR1);
    sigset_t blocked, before, after, open;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGUSR1);
    ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
    ::pthread_kill(::pthread_self(), SIGUSR1);
    SHOW(static_cast<int>(handled));
    ::sigemptyset(&open);
    OUTCOME(::ppoll(nullptr, 0, nullptr, &open));
    SHOW(static_cast<int>(handled));
    ::pthread_sigmask(SIG_SETMASK, nullptr, &after);
    SHOW(::sigismember(&after, SIGUSR1));
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

CASE(ppoll_leaves_the_signal_alone_when_something_is_ready) {
    handle(SIGUSR1);
    sigset_t blocked, before, open;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGUSR1);
    ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
    ::pthread_kill(::pthread_self(), SIGUSR1);
    ::sigemptyset(&open);
    Pipe pipe;
    pollfd one{pipe.writer(), POLLOUT, 0};
    SHOW(::ppoll(&one, 1, nullptr, &open));
    SHOW(static_cast<int>(handled));
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    SHOW(static_cast<int>(handled));
}

CASE(select_sets_bits) {
    Pipe pipe;
    EXPECT(::write(pipe.writer(), "x", 1) == 1);
    fd_set read, write, except;
    FD_ZERO(&read);
    FD_ZERO(&write);
    FD_ZERO(&except);
    FD_SET(pipe.reader(), &read);
    FD_SET(pipe.writer(), &read);
    FD_SET(pipe.writer(), &write);
    FD_SET(pipe.reader(), &except);
    timeval timeout{5, 0};
    SHOW(::select(pipe.writer() + 1, &read, &write, &except, &timeout));
    SHOW(FD_ISSET(pipe.reader(), &read));
    SHOW(FD_ISSET(pipe.writer(), &read));
    SHOW(FD_ISSET(pipe.writer(), &write));
    SHOW(FD_ISSET(pipe.reader(), &except));
    SHOW(timeout.tv_sec == 4 || timeout.tv_sec == 5);
}

CASE(select_times_out_with_nothing_left) {
    Pipe pipe;
    fd_set read;
    FD_ZERO(&read);
    FD_SET(pipe.reader(), &read);
    timeval timeout{0, 20'000};
    const long start = ms_now();
    SHOW(::select(pipe.reader() + 1, &read, nullptr, nullptr, &timeout));
    SHOW(ms_now() - start >= 20);
    SHOW(FD_ISSET(pipe.reader(), &read));
    SHOW(timeout.tv_sec + timeout.tv_usec);
}

CASE(select_end_of_file_is_readable) {
    Pipe pipe;
    ::close(pipe.writer());
    fd_set read, write;
    FD_ZERO(&read);
    FD_ZERO(&write);
    FD_SET(pipe.reader(), &read);
    SHOW(::select(pipe.reader() + 1, &read, &write, nullptr, nullptr));
    // In the write set alone a hang-up is nothing.
    FD_ZERO(&write);
    FD_SET(pipe.reader(), &write);
    timeval zero{0, 0};
    SHOW(::select(pipe.reader() + 1, nullptr, &write, nullptr, &zero));
}

CASE(select_errors) {
    fd_set read;
    FD_ZERO(&read);
    timeval zero{0, 0};
    OUTCOME(::select(-1, &read, nullptr, nullptr, &zero));
    FD_SET(60, &read);
    OUTCOME(::select(61, &read, nullptr, nullptr, &zero));
    SHOW(::select(60, &read, nullptr, nullptr, &zero));
    timeval bad{-1, 0};
    OUTCOME(::select(0, nullptr, nullptr, nullptr, &bad));
    OUTCOME(::syscall(SYS_select, 0, kUnmapped, nullptr, nullptr, &zero));
    OUTCOME(::syscall(SYS_select, 10, kKernelAddress, nullptr, nullptr, &zero));
}

CASE(select_interrupted_says_how_much_was_left) {
    handle(SIGUSR1);
    auto other = signal_soon(SIGUSR1);
    timeval timeout{100, 0};
    OUTCOME(::select(0, nullptr, nullptr, nullptr, &timeout));
    SHOW(timeout.tv_sec == 99);
    other.join();
}

CASE(pselect_mask_and_constant_timeout) {
    handle(SIGUSR1);
    sigset_t blocked, before, open;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGUSR1);
    ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
    auto other = signal_soon(SIGUSR1);
    ::sigemptyset(&open);
    const timespec timeout{50, 0};
    OUTCOME(::pselect(0, nullptr, nullptr, nullptr, &timeout, &open));
    SHOW(static_cast<int>(handled));
    other.join();
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

CASE(poll_sees_a_socket_s_half_close) {
    int pair[2];
    EXPECT(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    pollfd one{pair[0], POLLIN | POLLRDHUP | POLLOUT, 0};
    SHOW(::poll(&one, 1, 0));
    SHOW(one.revents);
    ::shutdown(pair[1], SHUT_WR);
    SHOW(::poll(&one, 1, 0));
    SHOW(one.revents);
    ::close(pair[1]);
    SHOW(::poll(&one, 1, 0));
    SHOW(one.revents);
}
