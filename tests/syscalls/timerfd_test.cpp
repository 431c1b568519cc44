// timerfd: relative, absolute and repeating timers, on three clocks.
#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>

#include "cases.h"

using namespace mayfly::tests;

namespace {

constexpr long kMs = 1'000'000;

itimerspec timer(long first_ns, long interval_ns = 0) {
    itimerspec result{};
    result.it_value = {first_ns / 1'000'000'000, first_ns % 1'000'000'000};
    result.it_interval = {interval_ns / 1'000'000'000, interval_ns % 1'000'000'000};
    return result;
}

itimerspec at(clockid_t clock, long from_now_ns, long interval_ns = 0) {
    timespec now{};
    ::clock_gettime(clock, &now);
    const long first = now.tv_sec * 1'000'000'000 + now.tv_nsec + from_now_ns;
    return timer(first, interval_ns);
}

long ms_since(const timespec& start) {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return (now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / kMs;
}

std::uint64_t ticks(int fd) {
    std::uint64_t value = 0;
    return ::read(fd, &value, sizeof(value)) == sizeof(value) ? value : ~std::uint64_t{0};
}

bool ready(int fd, int timeout_ms) {
    pollfd one{fd, POLLIN, 0};
    return ::poll(&one, 1, timeout_ms) == 1 && one.revents == POLLIN;
}

}  // namespace

CASE(timerfd_fires_once) {
    const int fd = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    timespec start{};
    ::clock_gettime(CLOCK_MONOTONIC, &start);
    const auto setting = timer(30 * kMs);
    OUTCOME(::timerfd_settime(fd, 0, &setting, nullptr));
    SHOW(ready(fd, 0));
    SHOW(ready(fd, 5000));
    SHOW(ms_since(start) >= 30);
    SHOW(ticks(fd));
    std::uint64_t value;
    OUTCOME(::read(fd, &value, sizeof(value)));
    SHOW(ready(fd, 40));
}

CASE(timerfd_blocking_read) {
    const int fd = ::timerfd_create(CLOCK_MONOTONIC, 0);
    timespec start{};
    ::clock_gettime(CLOCK_MONOTONIC, &start);
    const auto setting = timer(25 * kMs);
    EXPECT(::timerfd_settime(fd, 0, &setting, nullptr) == 0);
    SHOW(ticks(fd));
    SHOW(ms_since(start) >= 25);
}

CASE(timerfd_repeats_and_counts_what_was_missed) {
    const int fd = ::timerfd_create(CLOCK_MONOTONIC, 0);
    const auto setting = timer(10 * kMs, 10 * kMs);
    EXPECT(::timerfd_settime(fd, 0, &setting, nullptr) == 0);
    SHOW(ticks(fd) >= 1);
    ::usleep(55'000);
    SHOW(ticks(fd) >= 4);
    SHOW(ticks(fd) >= 1);
}

CASE(timerfd_with_an_interval_that_never_ends) {
    const int fd = ::timerfd_create(CLOCK_MONOTONIC, 0);
    const itimerspec huge{{1'000'000'000'000'000, 0}, {0, 1000}};
    OUTCOME(::timerfd_settime(fd, 0, &huge, nullptr));
    std::uint64_t ticks = 0;
    SHOW(::read(fd, &ticks, sizeof ticks));
    SHOW(ticks);
    pollfd ready{fd, POLLIN, 0};
    SHOW(::poll(&ready, 1, 50));
}

CASE(timerfd_absolute_on_each_clock) {
    for (const clockid_t clock : {CLOCK_MONOTONIC, CLOCK_REALTIME, CLOCK_BOOTTIME}) {
        const int fd = ::timerfd_create(clock, 0);
        timespec start{};
        ::clock_gettime(CLOCK_MONOTONIC, &start);
        const auto setting = at(clock, 20 * kMs);
        OUTCOME(::timerfd_settime(fd, TFD_TIMER_ABSTIME, &setting, nullptr));
        SHOW(ticks(fd));
        SHOW(ms_since(start) >= 19);
    }
}

CASE(timerfd_absolute_in_the_past_fires_at_once) {
    const int fd = ::timerfd_create(CLOCK_MONOTONIC, 0);
    const auto setting = timer(1);
    EXPECT(::timerfd_settime(fd, TFD_TIMER_ABSTIME, &setting, nullptr) == 0);
    SHOW(ticks(fd));
    const auto real = at(CLOCK_REALTIME, -1000 * kMs);
    const int other = ::timerfd_create(CLOCK_REALTIME, 0);
    EXPECT(::timerfd_settime(other, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &real, nullptr) == 0);
    SHOW(ticks(other));
}

CASE(timerfd_gettime_tells_what_is_left) {
    const int fd = ::timerfd_create(CLOCK_MONOTONIC, 0);
    itimerspec left{};
    OUTCOME(::timerfd_gettime(fd, &left));
    SHOW(left.it_value.tv_sec == 0 && left.it_value.tv_nsec == 0);
    const auto setting = timer(100'000 * kMs, 7 * kMs);
    EXPECT(::timerfd_settime(fd, 0, &setting, nullptr) == 0);
    OUTCOME(::timerfd_gettime(fd, &left));
    SHOW(left.it_value.tv_sec >= 90 && left.it_value.tv_sec < 100);
    SHOW(left.it_interval.tv_nsec);
}

CASE(timerfd_disarms_and_tells_the_old_setting) {
    const int fd = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    const auto setting = timer(100'000 * kMs, 3 * kMs);
    EXPECT(::timerfd_settime(fd, 0, &setting, nullptr) == 0);
    const auto off = timer(0);
    itimerspec old{};
    OUTCOME(::timerfd_settime(fd, 0, &off, &old));
    SHOW(old.it_value.tv_sec >= 90);
    SHOW(old.it_interval.tv_nsec);
    SHOW(ready(fd, 10));
    itimerspec left{};
    EXPECT(::timerfd_gettime(fd, &left) == 0);
    SHOW(left.it_value.tv_nsec);
}

CASE(timerfd_setting_anew_forgets_ticks) {
    const int fd = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    const auto soon = timer(1);
    EXPECT(::timerfd_settime(fd, 0, &soon, nullptr) == 0);
    EXPECT(ready(fd, 1000));
    const auto later = timer(100'000 * kMs);
    EXPECT(::timerfd_settime(fd, 0, &later, nullptr) == 0);
    SHOW(ready(fd, 0));
}

CASE(timerfd_errors) {
    OUTCOME(::timerfd_create(CLOCK_PROCESS_CPUTIME_ID, 0));
    OUTCOME(::timerfd_create(99, 0));
    OUTCOME(::timerfd_create(CLOCK_MONOTONIC, 1));
    const int fd = ::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    SHOW(::fcntl(fd, F_GETFD));
    auto setting = timer(0);
    setting.it_value.tv_nsec = 1'000'000'000;
    OUTCOME(::timerfd_settime(fd, 0, &setting, nullptr));
    setting.it_value.tv_nsec = -1;
    OUTCOME(::timerfd_settime(fd, 0, &setting, nullptr));
    OUTCOME(::syscall(SYS_timerfd_settime, fd, 0, kUnmapped, nullptr));
    const auto good = timer(1);
    OUTCOME(::timerfd_settime(fd, 8, &good, nullptr));
    OUTCOME(::timerfd_settime(STDOUT_FILENO, 0, &good, nullptr));
    OUTCOME(::timerfd_settime(99, 0, &good, nullptr));
    char small[4];
    OUTCOME(::read(fd, small, sizeof(small)));
    OUTCOME(::write(fd, small, sizeof(small)));
}
