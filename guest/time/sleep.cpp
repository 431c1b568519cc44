#include "guest/signal/deliver.h"
#include "guest/thread/scheduler.h"
#include "guest/time/clock_id.h"
#include "guest/time/syscalls.h"

namespace mayfly::guest {
namespace {

// True when the time has come, false when a signal did first.
bool sleep_until(Thread& self, const ClockId& clock, u64 at_ns) {
    for (;;) {
        if (now_ns(clock, self.process()) >= at_ns) return true;
        block({monotonic_at(clock, self.process(), at_ns)});
        if (signal_pending(self) && now_ns(clock, self.process()) < at_ns) return false;
    }
}

SysResult sleep_for(Thread& self, const ClockId& clock, u64 ns, UserPtr<Timespec> remaining) {
    const u64 at = saturating_add(now_ns(clock, self.process()), ns);
    if (ns == 0) yield();  // programs wait for each other by sleeping for no time
    if (sleep_until(self, clock, at)) return 0;
    const u64 now = now_ns(clock, self.process());
    if (!remaining.is_null()) MF_TRY(remaining.put(to_timespec(at > now ? at - now : 0)));
    return fail(EINTR);
}

}  // namespace

SysResult sys_nanosleep(Thread& self, UserPtr<Timespec> duration, UserPtr<Timespec> remaining) {
    const Timespec time = MF_TRY(duration.get());
    const u64 ns = MF_TRY(to_ns(time));
    return sleep_for(self, {ClockKind::monotonic}, ns, remaining);
}

SysResult sys_clock_nanosleep(Thread& self, int id, int flags, UserPtr<Timespec> when, UserPtr<Timespec> remaining) {
    ClockId clock = MF_TRY(decode_clock_id(self, id));
    if (clock.kind == ClockKind::thread_cpu) return fail(EINVAL);
    if (clock.coarse) return fail(EOPNOTSUPP);
    const Timespec time = MF_TRY(when.get());
    const u64 ns = MF_TRY(to_ns(time));
    if ((flags & TIMER_ABSTIME) == 0) {
        if (clock.kind == ClockKind::realtime) clock.kind = ClockKind::monotonic;
        return sleep_for(self, clock, ns, remaining);
    }
    if (ns <= now_ns(clock, self.process())) yield();
    if (!sleep_until(self, clock, ns)) return fail(kRestartNoHandler);
    return 0;
}

}  // namespace mayfly::guest
