// futex(2) by itself: what glibc and others build on.
#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

#include "cases.h"

using namespace mayfly::tests;

namespace {

using Word = std::atomic<std::uint32_t>;

long futex(Word* word, int operation, std::uint32_t value, const timespec* timeout = nullptr, Word* second = nullptr,
           std::uint32_t third = 0) {
    return ::syscall(SYS_futex, word, operation, value, timeout, second, third);
}
long futex_counted(Word* word, int operation, std::uint32_t value, unsigned long count, Word* second,
                   std::uint32_t third) {
    return ::syscall(SYS_futex, word, operation, value, count, second, third);
}

std::int64_t now(clockid_t clock) {
    timespec time{};
    ::clock_gettime(clock, &time);
    return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

timespec in_future(clockid_t clock, std::int64_t nanoseconds) {
    const std::int64_t when = now(clock) + nanoseconds;
    return {when / 1'000'000'000, when % 1'000'000'000};
}

void pause_ms(long milliseconds) {
    const timespec time{0, milliseconds * 1'000'000};
    ::nanosleep(&time, nullptr);
}

// Threads that wait on `word` until they are woken; `asleep` counts those that are about to.
std::vector<std::thread> waiters(int count, Word& word, std::atomic<int>& asleep, std::atomic<int>& woken,
                                 std::uint32_t bits = FUTEX_BITSET_MATCH_ANY) {
    std::vector<std::thread> all;
    for (int i = 0; i < count; ++i)
        all.emplace_back([&, bits] {
            ++asleep;
            if (futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 0, nullptr, nullptr, bits) == 0) ++woken;
        });
    while (asleep < count) pause_ms(1);
    pause_ms(30);
    return all;
}

void join(std::vector<std::thread>& threads) {
    for (auto& thread : threads) thread.join();
}

}  // namespace

CASE(wait_returns_at_once_when_the_value_differs) {
    Word word{5};
    OUTCOME(futex(&word, FUTEX_WAIT, 4));
    OUTCOME(futex(&word, FUTEX_WAIT_PRIVATE, 6));
}

CASE(wake_without_waiters) {
    Word word{0};
    SHOW(futex(&word, FUTEX_WAKE, 1));
    SHOW(futex(&word, FUTEX_WAKE_PRIVATE, 1000));
}

CASE(wait_with_a_relative_timeout) {
    Word word{0};
    const timespec timeout{0, 20'000'000};
    const std::int64_t before = now(CLOCK_MONOTONIC);
    OUTCOME(futex(&word, FUTEX_WAIT_PRIVATE, 0, &timeout));
    const std::int64_t taken = now(CLOCK_MONOTONIC) - before;
    SHOW(taken >= 20'000'000);
    SHOW(taken < 2'000'000'000);
}

CASE(wait_until_a_monotonic_time) {
    Word word{0};
    const timespec timeout = in_future(CLOCK_MONOTONIC, 20'000'000);
    OUTCOME(futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 0, &timeout, nullptr, FUTEX_BITSET_MATCH_ANY));
    SHOW(now(CLOCK_MONOTONIC) >= timeout.tv_sec * 1'000'000'000 + timeout.tv_nsec);
    const timespec past{1, 0};
    OUTCOME(futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 0, &past, nullptr, FUTEX_BITSET_MATCH_ANY));
}

CASE(wait_until_a_real_time) {
    Word word{0};
    const timespec timeout = in_future(CLOCK_REALTIME, 20'000'000);
    OUTCOME(
        futex(&word, FUTEX_WAIT_BITSET_PRIVATE | FUTEX_CLOCK_REALTIME, 0, &timeout, nullptr, FUTEX_BITSET_MATCH_ANY));
    SHOW(now(CLOCK_REALTIME) >= timeout.tv_sec * 1'000'000'000 + timeout.tv_nsec);
}

CASE(timeouts_that_are_refused) {
    Word word{0};
    const timespec negative{-1, 0}, too_many{0, 1'000'000'000};
    OUTCOME(futex(&word, FUTEX_WAIT_PRIVATE, 0, &negative));
    OUTCOME(futex(&word, FUTEX_WAIT_PRIVATE, 0, &too_many));
    OUTCOME(::syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, kKernelAddress, nullptr, 0));
}

CASE(arguments_that_are_refused) {
    Word word{0};
    OUTCOME(futex(&word, 63, 0));
    OUTCOME(::syscall(SYS_futex, kUnmapped, FUTEX_WAIT, 0, nullptr, nullptr, 0));
    OUTCOME(::syscall(SYS_futex, kKernelAddress, FUTEX_WAIT, 0, nullptr, nullptr, 0));
    OUTCOME(::syscall(SYS_futex, reinterpret_cast<char*>(&word) + 1, FUTEX_WAIT, 0, nullptr, nullptr, 0));
    OUTCOME(::syscall(SYS_futex, reinterpret_cast<char*>(&word) + 1, FUTEX_WAKE, 1, nullptr, nullptr, 0));
    OUTCOME(futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 0, nullptr, nullptr, 0));
    OUTCOME(futex(&word, FUTEX_WAKE_BITSET_PRIVATE, 1, nullptr, nullptr, 0));
}

CASE(wake_counts_those_it_wakes) {
    Word word{0};
    std::atomic<int> asleep{0}, woken{0};
    auto threads = waiters(5, word, asleep, woken);
    SHOW(futex(&word, FUTEX_WAKE_PRIVATE, 2));
    SHOW(futex(&word, FUTEX_WAKE_PRIVATE, 1));
    SHOW(futex(&word, FUTEX_WAKE_PRIVATE, 100));
    join(threads);
    SHOW(woken.load());
}

CASE(bitsets_select_the_waiters) {
    Word word{0};
    std::atomic<int> asleep{0}, woken{0}, asleep_other{0}, woken_other{0};
    auto threads = waiters(2, word, asleep, woken, 1);
    auto others = waiters(3, word, asleep_other, woken_other, 2);
    SHOW(futex(&word, FUTEX_WAKE_BITSET_PRIVATE, 100, nullptr, nullptr, 4));
    SHOW(futex(&word, FUTEX_WAKE_BITSET_PRIVATE, 100, nullptr, nullptr, 2));
    join(others);
    SHOW(futex(&word, FUTEX_WAKE_BITSET_PRIVATE, 100, nullptr, nullptr, 3));
    join(threads);
}

CASE(requeue_moves_waiters) {
    Word word{0}, other{0};
    std::atomic<int> asleep{0}, woken{0};
    auto threads = waiters(4, word, asleep, woken);
    SHOW(futex_counted(&word, FUTEX_REQUEUE_PRIVATE, 1, 100, &other, 0));
    SHOW(futex(&word, FUTEX_WAKE_PRIVATE, 100));
    SHOW(futex(&other, FUTEX_WAKE_PRIVATE, 100));
    join(threads);
    SHOW(woken.load());
}

CASE(compare_requeue_looks_at_the_value) {
    Word word{0}, other{0};
    std::atomic<int> asleep{0}, woken{0};
    auto threads = waiters(3, word, asleep, woken);
    OUTCOME(futex_counted(&word, FUTEX_CMP_REQUEUE_PRIVATE, 1, 100, &other, 9));
    SHOW(futex_counted(&word, FUTEX_CMP_REQUEUE_PRIVATE, 1, 100, &other, 0));
    SHOW(futex(&other, FUTEX_WAKE_PRIVATE, 100));
    join(threads);
}

CASE(wake_op_changes_and_wakes) {
    Word word{0}, other{5};
    std::atomic<int> asleep{0}, woken{0};
    auto threads = waiters(2, word, asleep, woken);
    const std::uint32_t add_3_if_5 = FUTEX_OP(FUTEX_OP_ADD, 3, FUTEX_OP_CMP_EQ, 5);
    SHOW(futex_counted(&word, FUTEX_WAKE_OP_PRIVATE, 2, 0, &other, add_3_if_5));
    SHOW(other.load());
    join(threads);
}

CASE(ping_pong_between_two_threads) {
    Word turn{0};
    std::thread other([&] {
        for (int i = 0; i < 2000; ++i) {
            while (turn.load() != 1) futex(&turn, FUTEX_WAIT_PRIVATE, 0);
            turn = 0;
            futex(&turn, FUTEX_WAKE_PRIVATE, 1);
        }
    });
    for (int i = 0; i < 2000; ++i) {
        while (turn.load() != 0) futex(&turn, FUTEX_WAIT_PRIVATE, 1);
        turn = 1;
        futex(&turn, FUTEX_WAKE_PRIVATE, 1);
    }
    other.join();
    SHOW(turn.load());
}
