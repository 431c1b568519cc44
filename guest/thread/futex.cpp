#include "guest/thread/futex.h"

#include <linux/futex.h>

#include "guest/lib/global.h"
#include "guest/signal/deliver.h"
#include "guest/thread/futex_op.h"
#include "guest/thread/futex_table.h"
#include "guest/thread/scheduler.h"
#include "guest/thread/syscalls.h"

namespace mayfly::guest {
namespace {

constinit Global<FutexTable> table;

class WaitingThread final : public FutexWaiter {
public:
    WaitingThread(Thread& thread, FutexKey key, u32 bitset) : FutexWaiter(key, bitset), thread_(thread) {}

private:
    void wake() override { guest::wake(thread_, Wake::event); }

    Thread& thread_;
};

FutexKey key_of(Thread& thread, UserAddr word) { return {&thread.space(), raw(word)}; }

// What Linux checks before it looks at the word: glibc relies on these two numbers.
ErrnoOr<void> check_word(UserAddr word) {
    if (raw(word) % sizeof(u32) != 0) return fail(EINVAL);
    if (!user_range_ok(word, sizeof(u32))) return fail(EFAULT);
    return {};
}

// FUTEX_WAIT counts from now on the monotonic clock; the others name a time on either clock.
ErrnoOr<Deadline> deadline_of(int command, bool realtime, UserPtr<Timespec> timeout) {
    if (timeout.is_null()) return Deadline::never();
    const Timespec time = MF_TRY(timeout.get());
    const u64 ns = MF_TRY(to_ns(time));
    if (command == FUTEX_WAIT) return deadline_after(ns);
    return realtime ? deadline_at_realtime(ns) : deadline_at_monotonic(ns);
}

SysResult wait_on(Thread& self, UserAddr word, u32 expected, Deadline deadline, u32 bitset, bool relative) {
    if (bitset == 0) return fail(EINVAL);
    MF_TRY(check_word(word));
    if (MF_TRY(load_user_u32(word)) != expected) return fail(EAGAIN);
    if (!deadline.is_never() && deadline.monotonic_ns <= monotonic_ns()) return fail(ETIMEDOUT);

    WaitingThread waiter(self, key_of(self, word), bitset);
    table->add(waiter);
    for (;;) {
        const Wake reason = block(deadline);
        if (waiter.woken()) return 0;
        if (reason == Wake::timeout) return fail(ETIMEDOUT);
        if (!signal_pending(self)) continue;  // another thread took it
        if (deadline.is_never()) return fail(kRestart);
        // Made again, a relative timeout would begin anew.
        return fail(relative ? EINTR : kRestartNoHandler);
    }
}

// Linux wakes one even when asked for none.
usize wake_limit(u32 value) {
    const i32 limit = static_cast<i32>(value);
    return limit < 1 ? 1 : static_cast<usize>(limit);
}

SysResult wake_on(Thread& self, UserAddr word, u32 limit, u32 bitset) {
    if (bitset == 0) return fail(EINVAL);
    MF_TRY(check_word(word));
    return static_cast<long>(table->wake(key_of(self, word), wake_limit(limit), bitset));
}

SysResult requeue(Thread& self, UserAddr from, UserAddr to, u32 wake_count, u64 move_count) {
    const i32 wakes = static_cast<i32>(wake_count);
    const i32 moves = static_cast<i32>(move_count);
    if (wakes < 0 || moves < 0) return fail(EINVAL);
    MF_TRY(check_word(from));
    MF_TRY(check_word(to));
    return static_cast<long>(
        table->requeue(key_of(self, from), key_of(self, to), static_cast<usize>(wakes), static_cast<usize>(moves)));
}

SysResult compare_and_requeue(Thread& self, UserAddr from, UserAddr to, u32 wakes, u64 moves, u32 expected) {
    MF_TRY(check_word(from));
    if (MF_TRY(load_user_u32(from)) != expected) return fail(EAGAIN);
    return requeue(self, from, to, wakes, moves);
}

SysResult wake_and_operate(Thread& self, UserAddr first, UserAddr second, u32 limit, u64 second_limit, u32 encoded) {
    MF_TRY(check_word(first));
    MF_TRY(check_word(second));
    const FutexOp op = decode_futex_op(encoded);
    // One step for the program: nothing else runs between the load and the exchange.
    const u32 old = MF_TRY(load_user_u32(second));
    const u32 value = MF_TRY(apply(op, old));
    MF_TRY(exchange_user_u32(second, value));
    const bool wakes_second = MF_TRY(compare(op, old));

    usize woken = table->wake(key_of(self, first), wake_limit(limit));
    if (wakes_second) woken += table->wake(key_of(self, second), wake_limit(static_cast<u32>(second_limit)));
    return static_cast<long>(woken);
}

}  // namespace

void futex_wake(Thread& thread, UserAddr word, usize limit) { table->wake(key_of(thread, word), limit); }

SysResult sys_futex(Thread& self, UserAddr word, int operation, u32 value, u64 timeout_or_count, UserAddr word2,
                    u32 value3) {
    const bool realtime = (operation & FUTEX_CLOCK_REALTIME) != 0;
    const int command = operation & FUTEX_CMD_MASK;
    if (realtime && command != FUTEX_WAIT_BITSET) return fail(ENOSYS);
    const UserPtr<Timespec> timeout{UserAddr{timeout_or_count}};

    switch (command) {
    case FUTEX_WAIT: value3 = kAnyBitset; [[fallthrough]];
    case FUTEX_WAIT_BITSET: {
        const Deadline deadline = MF_TRY(deadline_of(command, realtime, timeout));
        return wait_on(self, word, value, deadline, value3, command == FUTEX_WAIT);
    }
    case FUTEX_WAKE: return wake_on(self, word, value, kAnyBitset);
    case FUTEX_WAKE_BITSET: return wake_on(self, word, value, value3);
    case FUTEX_REQUEUE: return requeue(self, word, word2, value, timeout_or_count);
    case FUTEX_CMP_REQUEUE: return compare_and_requeue(self, word, word2, value, timeout_or_count, value3);
    case FUTEX_WAKE_OP: return wake_and_operate(self, word, word2, value, timeout_or_count, value3);
    default: return fail(ENOSYS);  // priority inheritance: glibc says ENOTSUP for such a mutex
    }
}

}  // namespace mayfly::guest
