// timer_create(2), timer_settime(2) and their kin.
#include "guest/signal/signal_state.h"
#include "guest/time/process_timers.h"
#include "guest/time/syscalls.h"

namespace mayfly::guest {
namespace {

ErrnoOr<void> check(const struct sigevent& event, Process& process) {
    switch (event.sigev_notify) {
    case SIGEV_NONE: return {};
    case SIGEV_THREAD_ID: {
        if (process.find_thread(event._sigev_un._tid) == nullptr) return fail(EINVAL);
        [[fallthrough]];
    }
    case SIGEV_SIGNAL:
    case SIGEV_THREAD: {
        if (!is_signal(event.sigev_signo)) return fail(EINVAL);
        return {};
    }
    default: return fail(EINVAL);
    }
}

ErrnoOr<PosixTimer*> timer_of(Thread& self, int id) {
    ProcessTimers* timers = self.process().timers_if_used();
    PosixTimer* timer = timers == nullptr ? nullptr : timers->find(id);
    if (timer == nullptr) return fail(EINVAL);
    return timer;
}

UserItimerspec setting_of(const PosixTimer& timer) {
    return {to_timespec(timer.interval_ns()), to_timespec(timer.remaining_ns())};
}

}  // namespace

SysResult sys_timer_create(Thread& self, int clock_id, UserPtr<struct sigevent> event, UserPtr<int> id_out) {
    const ClockId clock = MF_TRY(decode_clock_id(self, clock_id));
    if (clock.coarse) return fail(EOPNOTSUPP);
    struct sigevent wanted {};
    if (!event.is_null()) {
        wanted = MF_TRY(event.get());
        MF_TRY(check(wanted, self.process()));
    }
    ProcessTimers& timers = *MF_TRY(self.process().timers());
    const int id = MF_TRY(timers.create(clock, event.is_null() ? nullptr : &wanted));
    if (auto written = id_out.put(id); !written) {
        MF_TRY(timers.remove(id));
        return fail(EFAULT);
    }
    return 0;
}

SysResult sys_timer_settime(Thread& self, int id, int flags, UserPtr<UserItimerspec> from,
                            UserPtr<UserItimerspec> old) {
    if (from.is_null()) return fail(EINVAL);
    const UserItimerspec wanted = MF_TRY(from.get());
    const u64 value = MF_TRY(to_ns(wanted.value));
    const u64 interval = MF_TRY(to_ns(wanted.interval));
    PosixTimer& timer = *MF_TRY(timer_of(self, id));
    const UserItimerspec before = setting_of(timer);

    const u64 origin = (flags & TIMER_ABSTIME) != 0 ? 0 : timer.clock_now_ns();
    timer.set(value == 0 ? 0 : saturating_add(origin, value), interval);
    if (!old.is_null()) MF_TRY(old.put(before));
    return 0;
}

SysResult sys_timer_gettime(Thread& self, int id, UserPtr<UserItimerspec> out) {
    const PosixTimer& timer = *MF_TRY(timer_of(self, id));
    MF_TRY(out.put(setting_of(timer)));
    return 0;
}

SysResult sys_timer_getoverrun(Thread& self, int id) { return MF_TRY(timer_of(self, id))->overrun(); }

SysResult sys_timer_delete(Thread& self, int id) {
    MF_TRY(timer_of(self, id));
    MF_TRY(self.process().timers_if_used()->remove(id));
    return 0;
}

}  // namespace mayfly::guest
