#include "guest/ipc/timerfd.h"

#include <linux/timerfd.h>

#include "guest/ipc/syscalls.h"
#include "guest/time/timespec.h"

namespace mayfly::guest {

namespace {

ErrnoOr<bool> is_realtime(int clock) {
    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_ALARM: return true;
    case CLOCK_MONOTONIC:
    case CLOCK_BOOTTIME:
    case CLOCK_BOOTTIME_ALARM: return false;
    default: return fail(EINVAL);
    }
}

ErrnoOr<Ref<File>> timer_file(Thread& self, int fd) {
    auto file = MF_TRY(self.fds().get(fd));
    if (file->kind() != FileKind::timerfd) return fail(EINVAL);
    return file;
}

TimerFd& as_timer(File& file) { return static_cast<TimerFd&>(file); }

__kernel_itimerspec setting_of(TimerFd& timer) {
    return {to_timespec(timer.interval_ns()), to_timespec(timer.remaining())};
}

}  // namespace

void TimerFd::set(u64 value_ns, u64 interval_ns, bool absolute) {
    disarm();
    interval_ns_ = interval_ns;
    ticks_ = 0;
    waiting_for_reader_ = false;
    realtime_target_ns_ = 0;
    next_ns_ = 0;
    if (value_ns == 0) return;

    if (!absolute) return arm_at(deadline_after(value_ns).monotonic_ns);
    if (!realtime_) return arm_at(value_ns);
    realtime_target_ns_ = value_ns;
    arm_at(deadline_at_realtime(value_ns).monotonic_ns);
}

void TimerFd::arm_at(u64 monotonic) {
    next_ns_ = monotonic;
    arm(monotonic);
}

void TimerFd::expired(u64) {
    // A resume can set the wall clock: then an absolute timer still has time to go.
    if (realtime_target_ns_ > realtime_ns()) return arm_at(deadline_at_realtime(realtime_target_ns_).monotonic_ns);
    realtime_target_ns_ = 0;
    ++ticks_;
    waiting_for_reader_ = true;
    ready().wake_all();
}

void TimerFd::catch_up() {
    if (!waiting_for_reader_ || interval_ns_ == 0) return;
    waiting_for_reader_ = false;
    const u64 now = monotonic_ns();
    const u64 missed = now > next_ns_ ? (now - next_ns_) / interval_ns_ : 0;
    ticks_ += missed;
    arm_at(saturating_add(next_ns_, saturating_multiply(missed + 1, interval_ns_)));
}

u64 TimerFd::remaining() {
    catch_up();
    // An armed timer that is due but did not run yet has the shortest time left that is not zero.
    if (!armed()) return 0;
    const u64 now = monotonic_ns();
    return next_ns_ > now ? next_ns_ - now : 1;
}

ErrnoOr<usize> TimerFd::read(IoBuffer& to) {
    if (to.remaining() < sizeof(u64)) return fail(EINVAL);
    while (ticks_ == 0) {
        if (nonblocking()) return fail(EAGAIN);
        MF_TRY(ready().wait());
    }

    catch_up();
    const u64 ticks = ticks_;
    ticks_ = 0;
    if (MF_TRY(to.give(&ticks, sizeof(ticks))) != sizeof(ticks)) return fail(EFAULT);
    return sizeof(ticks);
}

SysResult sys_timerfd_create(Thread& self, int clock, int flags) {
    if (flags & ~(TFD_CLOEXEC | TFD_NONBLOCK)) return fail(EINVAL);
    const bool realtime = MF_TRY(is_realtime(clock));

    auto file = MF_TRY(make_ref<TimerFd>(realtime, O_RDWR | (flags & TFD_NONBLOCK)));
    return MF_TRY(self.fds().install(file, (flags & TFD_CLOEXEC) != 0));
}

SysResult sys_timerfd_settime(Thread& self, int fd, int flags, UserPtr<__kernel_itimerspec> value,
                              UserPtr<__kernel_itimerspec> old) {
    const auto setting = MF_TRY(value.get());
    if (flags & ~(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET)) return fail(EINVAL);
    const u64 value_ns = MF_TRY(to_ns(setting.it_value));
    const u64 interval_ns = MF_TRY(to_ns(setting.it_interval));
    auto file = MF_TRY(timer_file(self, fd));

    const auto before = setting_of(as_timer(*file));
    as_timer(*file).set(value_ns, interval_ns, (flags & TFD_TIMER_ABSTIME) != 0);
    if (!old.is_null()) MF_TRY(old.put(before));
    return 0;
}

SysResult sys_timerfd_gettime(Thread& self, int fd, UserPtr<__kernel_itimerspec> out) {
    auto file = MF_TRY(timer_file(self, fd));
    MF_TRY(out.put(setting_of(as_timer(*file))));
    return 0;
}

}  // namespace mayfly::guest
