// Between the times of the system call interface and nanoseconds.
#pragma once

#include <linux/time.h>
#include <linux/time_types.h>

#include "guest/mm/user.h"
#include "guest/thread/wait_queue.h"
#include "guest/time/clock.h"

namespace mayfly::guest {

inline constexpr u64 kNsPerSecond = 1'000'000'000;
inline constexpr u64 kForever = ~0ull;  // more nanoseconds than will ever pass

using Timespec = __kernel_timespec;
using Timeval = __kernel_old_timeval;

constexpr u64 saturating_add(u64 a, u64 b) { return a > kForever - b ? kForever : a + b; }
constexpr u64 saturating_multiply(u64 a, u64 b) { return b != 0 && a > kForever / b ? kForever : a * b; }

// EINVAL for negative times and for nanoseconds of a second or more; kForever for what does not fit.
inline ErrnoOr<u64> to_ns(const Timespec& time) {
    if (time.tv_sec < 0 || time.tv_nsec < 0 || time.tv_nsec >= static_cast<i64>(kNsPerSecond)) return fail(EINVAL);
    const u64 seconds = static_cast<u64>(time.tv_sec);
    if (seconds >= kForever / kNsPerSecond) return kForever;
    return seconds * kNsPerSecond + static_cast<u64>(time.tv_nsec);
}
inline ErrnoOr<u64> to_ns(const Timeval& time) {
    if (time.tv_usec < 0 || time.tv_usec >= 1'000'000) return fail(EINVAL);
    return to_ns(Timespec{time.tv_sec, time.tv_usec * 1000});
}
constexpr Timespec to_timespec(u64 ns) {
    return {static_cast<i64>(ns / kNsPerSecond), static_cast<i64>(ns % kNsPerSecond)};
}
constexpr Timeval to_timeval(u64 ns) {
    return {static_cast<i64>(ns / kNsPerSecond), static_cast<i64>(ns % kNsPerSecond / 1000)};
}

// Deadlines for block(): some time from now, or at a time of one of the two clocks.
inline Deadline deadline_after(u64 ns) { return {saturating_add(monotonic_ns(), ns)}; }
inline Deadline deadline_at_monotonic(u64 ns) { return {ns}; }
inline Deadline deadline_at_realtime(u64 ns) {
    const u64 now = realtime_ns();
    return {ns <= now ? monotonic_ns() : saturating_add(monotonic_ns(), ns - now)};
}
// The optional timespec of poll, select, futex and their kin: null is never.
inline ErrnoOr<Deadline> deadline_after(UserPtr<Timespec> timeout) {
    if (timeout.is_null()) return Deadline::never();
    const Timespec time = MF_TRY(timeout.get());
    return deadline_after(MF_TRY(to_ns(time)));
}

}  // namespace mayfly::guest
