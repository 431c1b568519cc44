// epoll: level and edge, one-shot, nesting, what closing does, errors.
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <thread>

#include "cases.h"

using namespace mayfly::tests;

namespace {

struct Pipe {
    Pipe() { EXPECT(::pipe2(ends, O_NONBLOCK) == 0); }
    int reader() const { return ends[0]; }
    int writer() const { return ends[1]; }
    void write(const char* text) const {
        EXPECT(::write(ends[1], text, ::strlen(text)) == static_cast<ssize_t>(::strlen(text)));
    }
    int ends[2] = {-1, -1};
};

int control(int epoll, int operation, int fd, std::uint32_t events, std::uint64_t data = 0) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = data;
    return ::epoll_ctl(epoll, operation, fd, &event);
}

// "events:data" of each, in the order given.
std::string wait_now(int epoll, int max = 8, int timeout_ms = 0) {
    epoll_event events[8];
    const int count = ::epoll_wait(epoll, events, max, timeout_ms);
    if (count < 0) return outcome(count);
    std::string result;
    for (int i = 0; i < count; ++i)
        result += std::to_string(events[i].events) + ":" + std::to_string(events[i].data.u64) + " ";
    return result;
}

}  // namespace

CASE(epoll_level_triggered_tells_again) {
    const int epoll = ::epoll_create1(0);
    Pipe pipe;
    OUTCOME(control(epoll, EPOLL_CTL_ADD, pipe.reader(), EPOLLIN, 7));
    SHOW(wait_now(epoll));
    pipe.write("ab");
    SHOW(wait_now(epoll));
    SHOW(wait_now(epoll));
    char buffer[2];
    EXPECT(::read(pipe.reader(), buffer, 2) == 2);
    SHOW(wait_now(epoll));
}

CASE(epoll_edge_triggered_tells_once_a_change) {
    const int epoll = ::epoll_create1(0);
    Pipe pipe;
    EXPECT(control(epoll, EPOLL_CTL_ADD, pipe.reader(), EPOLLIN | EPOLLET, 7) == 0);
    pipe.write("a");
    SHOW(wait_now(epoll));
    SHOW(wait_now(epoll));
    pipe.write("b");
    SHOW(wait_now(epoll));
    SHOW(wait_now(epoll));
}

CASE(epoll_one_shot_is_armed_by_mod) {
    const int epoll = ::epoll_create1(0);
    Pipe pipe;
    EXPECT(control(epoll, EPOLL_CTL_ADD, pipe.reader(), EPOLLIN | EPOLLONESHOT, 1) == 0);
    pipe.write("a");
    SHOW(wait_now(epoll));
    pipe.write("b");
    SHOW(wait_now(epoll));
    EXPECT(control(epoll, EPOLL_CTL_MOD, pipe.reader(), EPOLLIN | EPOLLONESHOT, 2) == 0);
    SHOW(wait_now(epoll));
}

CASE(epoll_ready_when_added) {
    const int epoll = ::epoll_create1(0);
    Pipe pipe;
    EXPECT(control(epoll, EPOLL_CTL_ADD, pipe.writer(), EPOLLOUT, 3) == 0);
    SHOW(wait_now(epoll));
    EXPECT(control(epoll, EPOLL_CTL_MOD, pipe.writer(), EPOLLIN, 4) == 0);
    SHOW(wait_now(epoll));
    EXPECT(control(epoll, EPOLL_CTL_DEL, pipe.writer(), 0) == 0);
    SHOW(wait_now(epoll));
}

CASE(epoll_max_events_goes_round) {
    const int epoll = ::epoll_create1(0);
    Pipe pipes[3];
    for (std::uint64_t i = 0; i < 3; ++i) {
        EXPECT(control(epoll, EPOLL_CTL_ADD, pipes[i].reader(), EPOLLIN, i) == 0);
        pipes[i].write("x");
    }
    SHOW(wait_now(epoll, 2));
    SHOW(wait_now(epoll, 2));
    SHOW(wait_now(epoll, 1));
}

CASE(epoll_hangup_comes_unasked) {
    const int epoll = ::epoll_create1(0);
    Pipe pipe;
    EXPECT(control(epoll, EPOLL_CTL_ADD, pipe.reader(), 0, 1) == 0);
    ::close(pipe.writer());
    SHOW(wait_now(epoll));
}

CASE(epoll_closing_the_last_descriptor_removes) {
    const int epoll = ::epoll_create1(0);
    Pipe pipe;
    EXPECT(control(epoll, EPOLL_CTL_ADD, pipe.reader(), EPOLLIN, 1) == 0);
    pipe.write("x");
    const int copy = ::dup(pipe.reader());
    ::close(pipe.reader());
    // The open file is still there: so is the registration, under a number that is free.
    SHOW(wait_now(epoll));
    OUTCOME(control(epoll, EPOLL_CTL_DEL, pipe.reader(), 0));
    ::close(copy);
    SHOW(wait_now(epoll));
}

CASE(epoll_same_file_under_two_numbers) {
    const int epoll = ::epoll_create1(0);
    Pipe pipe;
    const int copy = ::dup(pipe.reader());
    OUTCOME(control(epoll, EPOLL_CTL_ADD, pipe.reader(), EPOLLIN, 1));
    OUTCOME(control(epoll, EPOLL_CTL_ADD, copy, EPOLLIN, 2));
    pipe.write("x");
    SHOW(wait_now(epoll).size());
}

CASE(epoll_errors) {
    OUTCOME(::epoll_create(0));
    OUTCOME(::epoll_create1(1));
    const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
    SHOW(::fcntl(epoll, F_GETFD));
    Pipe pipe;
    OUTCOME(control(epoll, EPOLL_CTL_MOD, pipe.reader(), EPOLLIN));
    OUTCOME(control(epoll, EPOLL_CTL_DEL, pipe.reader(), 0));
    EXPECT(control(epoll, EPOLL_CTL_ADD, pipe.reader(), EPOLLIN) == 0);
    OUTCOME(control(epoll, EPOLL_CTL_ADD, pipe.reader(), EPOLLIN));
    OUTCOME(control(epoll, 77, pipe.reader(), EPOLLIN));
    OUTCOME(control(epoll, EPOLL_CTL_ADD, 99, EPOLLIN));
    OUTCOME(control(99, EPOLL_CTL_ADD, pipe.reader(), EPOLLIN));
    OUTCOME(control(pipe.writer(), EPOLL_CTL_ADD, pipe.reader(), EPOLLIN));
    OUTCOME(control(epoll, EPOLL_CTL_ADD, epoll, EPOLLIN));
    OUTCOME(::syscall(SYS_epoll_ctl, epoll, EPOLL_CTL_ADD, pipe.writer(), kUnmapped));
    EXPECT(write_file("file", "x"));
    const int file = ::open("file", O_RDONLY);
    OUTCOME(control(epoll, EPOLL_CTL_ADD, file, EPOLLIN));
    const int directory = ::open(".", O_RDONLY);
    OUTCOME(control(epoll, EPOLL_CTL_ADD, directory, EPOLLIN));
}

CASE(epoll_of_devices_that_are_always_ready) {
    const int epoll = ::epoll_create1(0);
    for (const char* path : {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"}) {
        epoll_event event{};
        event.events = EPOLLIN;
        show(path, outcome(::epoll_ctl(epoll, EPOLL_CTL_ADD, ::open(path, O_RDONLY), &event)));
    }
}

CASE(epoll_wait_errors) {
    const int epoll = ::epoll_create1(0);
    epoll_event events[2];
    OUTCOME(::epoll_wait(epoll, events, 0, 0));
    OUTCOME(::syscall(SYS_epoll_wait, epoll, events, -1, 0));
    OUTCOME(::epoll_wait(99, events, 1, 0));
    OUTCOME(::epoll_wait(STDOUT_FILENO, events, 1, 0));
    Pipe pipe;
    EXPECT(control(epoll, EPOLL_CTL_ADD, pipe.writer(), EPOLLOUT, 5) == 0);
    OUTCOME(::syscall(SYS_epoll_wait, epoll, kUnmapped, 1, 0));
    SHOW(wait_now(epoll));
    char byte;
    OUTCOME(::read(epoll, &byte, 1));
}

CASE(epoll_exclusive_rules) {
    const int epoll = ::epoll_create1(0);
    Pipe pipe;
    OUTCOME(control(epoll, EPOLL_CTL_ADD, pipe.reader(), EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT));
    OUTCOME(control(epoll, EPOLL_CTL_ADD, pipe.reader(), EPOLLIN | EPOLLEXCLUSIVE));
    OUTCOME(control(epoll, EPOLL_CTL_MOD, pipe.reader(), EPOLLIN));
    OUTCOME(control(epoll, EPOLL_CTL_MOD, pipe.reader(), EPOLLIN | EPOLLEXCLUSIVE));
}

CASE(epoll_timeout) {
    const int epoll = ::epoll_create1(0);
    timespec start{}, end{};
    ::clock_gettime(CLOCK_MONOTONIC, &start);
    SHOW(wait_now(epoll, 8, 30));
    ::clock_gettime(CLOCK_MONOTONIC, &end);
    SHOW((end.tv_sec - start.tv_sec) * 1000 + (end.tv_nsec - start.tv_nsec) / 1'000'000 >= 30);
}

CASE(epoll_waiter_is_woken) {
    const int epoll = ::epoll_create1(0);
    Pipe pipe;
    EXPECT(control(epoll, EPOLL_CTL_ADD, pipe.reader(), EPOLLIN, 1) == 0);
    std::thread writer([&] {
        ::usleep(20'000);
        pipe.write("x");
    });
    SHOW(wait_now(epoll, 8, -1));
    writer.join();
}

CASE(epoll_registration_made_while_waiting) {
    const int epoll = ::epoll_create1(0);
    Pipe pipe;
    pipe.write("x");
    std::thread other([&] {
        ::usleep(20'000);
        EXPECT(control(epoll, EPOLL_CTL_ADD, pipe.reader(), EPOLLIN, 6) == 0);
    });
    SHOW(wait_now(epoll, 8, -1));
    other.join();
}

CASE(epoll_nested) {
    const int inner = ::epoll_create1(0);
    const int outer = ::epoll_create1(0);
    Pipe pipe;
    EXPECT(control(inner, EPOLL_CTL_ADD, pipe.reader(), EPOLLIN, 1) == 0);
    OUTCOME(control(outer, EPOLL_CTL_ADD, inner, EPOLLIN, 2));
    SHOW(wait_now(outer));
    pipe.write("x");
    SHOW(wait_now(outer));
    pollfd one{outer, POLLIN, 0};
    SHOW(::poll(&one, 1, 0));
    SHOW(wait_now(inner));
    char byte;
    EXPECT(::read(pipe.reader(), &byte, 1) == 1);
    SHOW(wait_now(outer));
    OUTCOME(control(inner, EPOLL_CTL_ADD, outer, EPOLLIN));
    ::close(inner);
    SHOW(wait_now(outer));
}

CASE(epoll_nested_wakes_a_waiter) {
    const int inner = ::epoll_create1(0);
    const int outer = ::epoll_create1(0);
    Pipe pipe;
    EXPECT(control(inner, EPOLL_CTL_ADD, pipe.reader(), EPOLLIN, 1) == 0);
    EXPECT(control(outer, EPOLL_CTL_ADD, inner, EPOLLIN, 2) == 0);
    std::thread writer([&] {
        ::usleep(20'000);
        pipe.write("x");
    });
    SHOW(wait_now(outer, 8, -1));
    writer.join();
}

CASE(epoll_circle_of_three) {
    int epolls[3];
    for (int& one : epolls) one = ::epoll_create1(0);
    OUTCOME(control(epolls[0], EPOLL_CTL_ADD, epolls[1], EPOLLIN));
    OUTCOME(control(epolls[1], EPOLL_CTL_ADD, epolls[2], EPOLLIN));
    OUTCOME(control(epolls[2], EPOLL_CTL_ADD, epolls[0], EPOLLIN));
}

CASE(epoll_closed_while_files_live_on) {
    const int epoll = ::epoll_create1(0);
    Pipe pipe;
    EXPECT(control(epoll, EPOLL_CTL_ADD, pipe.reader(), EPOLLIN, 1) == 0);
    ::close(epoll);
    pipe.write("x");
    char byte;
    SHOW(::read(pipe.reader(), &byte, 1));
}

CASE(epoll_socket_events) {
    const int epoll = ::epoll_create1(0);
    int pair[2];
    EXPECT(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    EXPECT(control(epoll, EPOLL_CTL_ADD, pair[0], EPOLLIN | EPOLLOUT | EPOLLRDHUP, 1) == 0);
    SHOW(wait_now(epoll));
    EXPECT(::write(pair[1], "x", 1) == 1);
    SHOW(wait_now(epoll));
    ::shutdown(pair[1], SHUT_WR);
    SHOW(wait_now(epoll));
    ::close(pair[1]);
    SHOW(wait_now(epoll));
}

CASE(epoll_eventfd_edge) {
    const int epoll = ::epoll_create1(0);
    const int event = ::eventfd(0, EFD_NONBLOCK);
    EXPECT(control(epoll, EPOLL_CTL_ADD, event, EPOLLIN | EPOLLET, 1) == 0);
    ::eventfd_write(event, 1);
    SHOW(wait_now(epoll));
    SHOW(wait_now(epoll));
    ::eventfd_write(event, 1);
    SHOW(wait_now(epoll));
}

CASE(epoll_pwait_swaps_the_mask) {
    static volatile sig_atomic_t handled;
    handled = 0;
    struct sigaction action {};
    action.sa_handler = [](int) { handled = 1; };
    ::sigaction(SIGUSR1, &action, nullptr);
    sigset_t blocked, before, open;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGUSR1);
    ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
    ::pthread_kill(::pthread_self(), SIGUSR1);
    const int epoll = ::epoll_create1(0);
    epoll_event event;
    ::sigemptyset(&open);
    OUTCOME(::epoll_pwait(epoll, &event, 1, 5000, &open));
    SHOW(static_cast<int>(handled));
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    const timespec short_time{0, 1'000'000};
    SHOW(::syscall(SYS_epoll_pwait2, epoll, &event, 1, &short_time, nullptr, 8));
}
