// Clocks, sleeping, interval timers.
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

#include <string>

#include "cases.h"

using namespace mayfly::tests;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

std::int64_t now(clockid_t clock) {
    timespec time{};
    EXPECT(::clock_gettime(clock, &time) == 0);
    return time.tv_sec * kSecond + time.tv_nsec;
}

// The clock by a real system call, not by the vDSO.
std::int64_t asked(clockid_t clock) {
    timespec time{};
    EXPECT(::syscall(SYS_clock_gettime, clock, &time) == 0);
    return time.tv_sec * kSecond + time.tv_nsec;
}

void spin(std::int64_t nanoseconds) {
    const std::int64_t end = now(CLOCK_MONOTONIC) + nanoseconds;
    while (now(CLOCK_MONOTONIC) < end) {
    }
}

volatile sig_atomic_t alarms = 0;

void count_alarms(int signal) {
    struct sigaction action {};
    action.sa_handler = [](int) { alarms = alarms + 1; };
    EXPECT(::sigaction(signal, &action, nullptr) == 0);
    alarms = 0;
}

}  // namespace

CASE(monotonic_clock_never_goes_back) {
    std::int64_t before = now(CLOCK_MONOTONIC);
    bool forward = true;
    for (int i = 0; i < 200'000; ++i) {
        const std::int64_t after = now(CLOCK_MONOTONIC);
        forward = forward && after >= before;
        before = after;
    }
    SHOW(forward);
}

CASE(vdso_and_system_call_agree) {
    for (const clockid_t clock : {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_MONOTONIC_RAW}) {
        const std::int64_t first = now(clock), second = asked(clock), third = now(clock);
        SHOW(first <= second && second <= third);
    }
}

CASE(coarse_clocks_are_close) {
    for (const clockid_t clock : {CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE}) {
        const std::int64_t fine = now(clock == CLOCK_REALTIME_COARSE ? CLOCK_REALTIME : CLOCK_MONOTONIC);
        const std::int64_t coarse = now(clock);
        SHOW(coarse <= fine + kSecond && coarse >= fine - kSecond);
    }
}

CASE(real_time_is_of_this_century) {
    timeval time{};
    OUTCOME(::gettimeofday(&time, nullptr));
    SHOW(time.tv_sec > 1'700'000'000 && time.tv_sec < 4'000'000'000);
    SHOW(::time(nullptr) - time.tv_sec <= 1);
    SHOW(time.tv_usec >= 0 && time.tv_usec < 1'000'000);
    SHOW(now(CLOCK_REALTIME) / kSecond - time.tv_sec <= 1);
}

CASE(clock_arguments) {
    timespec time{};
    OUTCOME(::syscall(SYS_clock_gettime, 99, &time));
    OUTCOME(::syscall(SYS_clock_gettime, CLOCK_MONOTONIC, kKernelAddress));
    OUTCOME(::clock_getres(CLOCK_MONOTONIC, &time));
    SHOW(time.tv_sec == 0 && time.tv_nsec == 1);
    OUTCOME(::clock_getres(99, &time));
    OUTCOME(::clock_getres(CLOCK_REALTIME, nullptr));
}

CASE(sleeping_takes_as_long_as_asked) {
    for (const long milliseconds : {1, 5, 20}) {
        const timespec time{0, milliseconds * 1'000'000};
        const std::int64_t before = now(CLOCK_MONOTONIC);
        OUTCOME(::nanosleep(&time, nullptr));
        const std::int64_t taken = now(CLOCK_MONOTONIC) - before;
        SHOW(taken >= milliseconds * 1'000'000);
        SHOW(taken < milliseconds * 1'000'000 + kSecond / 2);
    }
}

CASE(sleep_until) {
    for (const clockid_t clock : {CLOCK_MONOTONIC, CLOCK_REALTIME}) {
        const std::int64_t when = now(clock) + 15'000'000;
        const timespec time{when / kSecond, when % kSecond};
        SHOW(error_name(::clock_nanosleep(clock, TIMER_ABSTIME, &time, nullptr)));
        SHOW(now(clock) >= when);
        SHOW(error_name(::clock_nanosleep(clock, TIMER_ABSTIME, &time, nullptr)));
    }
}

CASE(sleep_arguments) {
    const timespec negative{-1, 0}, too_many{0, kSecond}, nothing{0, 0};
    OUTCOME(::nanosleep(&negative, nullptr));
    OUTCOME(::nanosleep(&too_many, nullptr));
    OUTCOME(::nanosleep(&nothing, nullptr));
    OUTCOME(::syscall(SYS_nanosleep, kUnmapped, nullptr));
    SHOW(error_name(::clock_nanosleep(99, 0, &nothing, nullptr)));
    OUTCOME(::usleep(1000));
}

CASE(sleeping_costs_no_cpu_time) {
    const std::int64_t before = now(CLOCK_PROCESS_CPUTIME_ID);
    const timespec time{0, 100'000'000};
    EXPECT(::nanosleep(&time, nullptr) == 0);
    SHOW(now(CLOCK_PROCESS_CPUTIME_ID) - before < 50'000'000);
}

CASE(computing_costs_cpu_time) {
    const std::int64_t process = now(CLOCK_PROCESS_CPUTIME_ID), thread = now(CLOCK_THREAD_CPUTIME_ID);
    while (now(CLOCK_THREAD_CPUTIME_ID) - thread < 50'000'000) spin(1'000'000);
    SHOW(now(CLOCK_PROCESS_CPUTIME_ID) - process >= 50'000'000);
    tms usage{};
    SHOW(::times(&usage) > 0);
    SHOW(usage.tms_utime + usage.tms_stime >= 4);
    SHOW(::clock() > 0);
}

CASE(cpu_time_is_counted_per_thread) {
    static std::int64_t other;
    const std::int64_t before = now(CLOCK_THREAD_CPUTIME_ID);
    pthread_t thread;
    ::pthread_create(
        &thread, nullptr,
        [](void*) -> void* {
            spin(400'000'000);  // much more than starting a thread costs, also under emulation
            other = now(CLOCK_THREAD_CPUTIME_ID);
            return nullptr;
        },
        nullptr);
    ::pthread_join(thread, nullptr);
    SHOW(now(CLOCK_THREAD_CPUTIME_ID) - before < other);
}

CASE(clock_of_another_thread) {
    clockid_t clock;
    SHOW(error_name(::pthread_getcpuclockid(::pthread_self(), &clock)));
    timespec time{};
    OUTCOME(::clock_gettime(clock, &time));
}

CASE(alarm_rings_once) {
    count_alarms(SIGALRM);
    SHOW(::alarm(10));
    SHOW(::alarm(1) >= 9);
    ::pause();
    SHOW(alarms);
    SHOW(::alarm(0));
}

CASE(interval_timer_repeats) {
    count_alarms(SIGALRM);
    const itimerval every_5_ms{{0, 5'000}, {0, 5'000}};
    OUTCOME(::setitimer(ITIMER_REAL, &every_5_ms, nullptr));
    while (alarms < 5) ::pause();
    itimerval left{};
    OUTCOME(::getitimer(ITIMER_REAL, &left));
    SHOW(left.it_interval.tv_usec);
    SHOW(left.it_value.tv_sec == 0 && left.it_value.tv_usec <= 5'000);
    const itimerval off{};
    OUTCOME(::setitimer(ITIMER_REAL, &off, &left));
    SHOW(left.it_interval.tv_usec);
    const int seen = alarms;
    spin(20'000'000);
    SHOW(alarms == seen);
}

CASE(interval_that_never_ends) {
    count_alarms(SIGALRM);
    const itimerval huge{{1'000'000'000'000'000, 0}, {0, 1000}};
    OUTCOME(::setitimer(ITIMER_REAL, &huge, nullptr));
    spin(kSecond / 20);
    SHOW(static_cast<int>(alarms));
    itimerval left{};
    OUTCOME(::getitimer(ITIMER_REAL, &left));
    SHOW(left.it_value.tv_sec > 1'000'000);
    const itimerval none{};
    OUTCOME(::setitimer(ITIMER_REAL, &none, nullptr));
}

CASE(profile_of_a_program_that_mostly_sleeps) {
    count_alarms(SIGPROF);
    const itimerval often{{0, 2000}, {0, 2000}};
    OUTCOME(::setitimer(ITIMER_PROF, &often, nullptr));
    const timespec pause{0, kSecond / 20};
    OUTCOME(::nanosleep(&pause, nullptr));
    SHOW(static_cast<int>(alarms) <= 1);
    spin(kSecond / 10);
    SHOW(alarms > 2);
    const itimerval none{};
    OUTCOME(::setitimer(ITIMER_PROF, &none, nullptr));
}

CASE(interval_timer_interrupts_computing) {
    count_alarms(SIGALRM);
    const itimerval once{{0, 0}, {0, 10'000}};
    EXPECT(::setitimer(ITIMER_REAL, &once, nullptr) == 0);
    while (alarms == 0) asm volatile("");
    SHOW(alarms);
}

CASE(interval_timers_of_cpu_time) {
    for (const auto& [which, signal] : {std::pair{ITIMER_VIRTUAL, SIGVTALRM}, std::pair{ITIMER_PROF, SIGPROF}}) {
        count_alarms(signal);
        const itimerval once{{0, 0}, {0, 20'000}};
        OUTCOME(::setitimer(which, &once, nullptr));
        for (long turns = 0; alarms == 0 && turns < 20'000'000'000; ++turns) asm volatile("");
        SHOW(alarms);
    }
}

CASE(interval_timer_arguments) {
    const itimerval bad{{0, 0}, {0, 2'000'000}};
    OUTCOME(::syscall(SYS_setitimer, 9, &bad, nullptr));
    OUTCOME(::setitimer(ITIMER_REAL, &bad, nullptr));
    OUTCOME(::syscall(SYS_getitimer, ITIMER_REAL, kUnmapped));
}

CASE(posix_timer_sends_its_value) {
    static volatile sig_atomic_t value;
    value = 0;
    struct sigaction action {};
    action.sa_sigaction = [](int, siginfo_t* info, void*) {
        value = info->si_value.sival_int;
        SHOW(info->si_code == SI_TIMER);
    };
    action.sa_flags = SA_SIGINFO;
    ::sigaction(SIGRTMIN, &action, nullptr);
    sigevent event{};
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = SIGRTMIN;
    event.sigev_value.sival_int = 321;
    timer_t timer{};
    OUTCOME(::timer_create(CLOCK_MONOTONIC, &event, &timer));
    const itimerspec once{{0, 0}, {0, 10'000'000}};
    OUTCOME(::timer_settime(timer, 0, &once, nullptr));
    while (value == 0) ::usleep(1000);
    SHOW(value);
    itimerspec left{};
    OUTCOME(::timer_gettime(timer, &left));
    SHOW(left.it_value.tv_sec == 0 && left.it_value.tv_nsec == 0);
    SHOW(::timer_getoverrun(timer));
    OUTCOME(::timer_delete(timer));
    OUTCOME(::timer_delete(timer));
}

CASE(posix_timer_until_an_absolute_time) {
    count_alarms(SIGALRM);
    timer_t timer{};
    OUTCOME(::timer_create(CLOCK_MONOTONIC, nullptr, &timer));
    const std::int64_t when = now(CLOCK_MONOTONIC) + 10'000'000;
    const itimerspec once{{0, 0}, {when / kSecond, when % kSecond}};
    OUTCOME(::timer_settime(timer, TIMER_ABSTIME, &once, nullptr));
    while (alarms == 0) ::usleep(1000);
    SHOW(now(CLOCK_MONOTONIC) >= when);
    OUTCOME(::timer_delete(timer));
}

CASE(posix_timer_counts_overruns) {
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGRTMIN);
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    sigevent event{};
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = SIGRTMIN;
    timer_t timer{};
    EXPECT(::timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
    const itimerspec every_ms{{0, 1'000'000}, {0, 1'000'000}};
    EXPECT(::timer_settime(timer, 0, &every_ms, nullptr) == 0);
    ::usleep(30'000);
    siginfo_t info{};
    const timespec none{0, 0};
    SHOW(::sigtimedwait(&set, &info, &none) == SIGRTMIN);
    SHOW(::timer_getoverrun(timer) >= 5);
    OUTCOME(::timer_delete(timer));
    while (::sigtimedwait(&set, &info, &none) > 0) {
    }
    ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

CASE(posix_timer_arguments) {
    timer_t timer{};
    OUTCOME(::timer_create(99, nullptr, &timer));
    sigevent event{};
    event.sigev_notify = 77;
    OUTCOME(::timer_create(CLOCK_MONOTONIC, &event, &timer));
    event.sigev_notify = SIGEV_NONE;
    OUTCOME(::timer_create(CLOCK_MONOTONIC, &event, &timer));
    const itimerspec bad{{0, 0}, {0, -1}};
    OUTCOME(::timer_settime(timer, 0, &bad, nullptr));
    OUTCOME(::timer_delete(timer));
}
