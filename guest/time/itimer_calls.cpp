// setitimer(2) and alarm(2).
#include "guest/time/process_timers.h"
#include "guest/time/syscalls.h"

namespace mayfly::guest {
namespace {

struct Setting {
    u64 value_ns;
    u64 interval_ns;
};

Setting setting_of(const IntervalTimer& timer) { return {timer.remaining_ns(), timer.interval_ns()}; }

void set_after(IntervalTimer& timer, Setting wanted) {
    timer.set(wanted.value_ns == 0 ? 0 : saturating_add(timer.clock_now_ns(), wanted.value_ns), wanted.interval_ns);
}

// Never 0 for an armed timer, although microseconds may round down to it.
UserItimerval to_itimerval(Setting setting) {
    const u64 value = setting.value_ns != 0 && setting.value_ns < 1000 ? 1000 : setting.value_ns;
    return {to_timeval(setting.interval_ns), to_timeval(value)};
}

ErrnoOr<Setting> read_setting(UserPtr<UserItimerval> from) {
    if (from.is_null()) return Setting{0, 0};  // Linux disarms the timer then
    const UserItimerval wanted = MF_TRY(from.get());
    const u64 value = MF_TRY(to_ns(wanted.value));
    const u64 interval = MF_TRY(to_ns(wanted.interval));
    return Setting{value, interval};
}

}  // namespace

SysResult sys_getitimer(Thread& self, int which, UserPtr<UserItimerval> out) {
    ProcessTimers& timers = *MF_TRY(self.process().timers());
    const SignalTimer& timer = *MF_TRY(timers.interval_timer(which));
    MF_TRY(out.put(to_itimerval(setting_of(timer))));
    return 0;
}

SysResult sys_setitimer(Thread& self, int which, UserPtr<UserItimerval> from, UserPtr<UserItimerval> old) {
    const Setting wanted = MF_TRY(read_setting(from));
    ProcessTimers& timers = *MF_TRY(self.process().timers());
    SignalTimer& timer = *MF_TRY(timers.interval_timer(which));
    const Setting before = setting_of(timer);
    set_after(timer, wanted);
    if (!old.is_null()) MF_TRY(old.put(to_itimerval(before)));
    return 0;
}

SysResult sys_alarm(Thread& self, unsigned seconds) {
    ProcessTimers& timers = *MF_TRY(self.process().timers());
    SignalTimer& timer = *MF_TRY(timers.interval_timer(ITIMER_REAL));
    const u64 left = timer.remaining_ns();
    set_after(timer, {seconds * kNsPerSecond, 0});
    // To the nearest second, but never 0 while one was armed.
    const u64 rounded = (left + kNsPerSecond / 2) / kNsPerSecond;
    return static_cast<long>(left != 0 && rounded == 0 ? 1 : rounded);
}

}  // namespace mayfly::guest
