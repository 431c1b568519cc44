// Reading clocks. Setting them is for the host.
#include "guest/thread/process.h"
#include "guest/time/clock_id.h"
#include "guest/time/syscalls.h"

namespace mayfly::guest {
namespace {

constexpr u64 kCoarseResolutionNs = 4'000'000;  // what Linux with its usual 250 Hz says

}  // namespace

SysResult sys_clock_gettime(Thread& self, int id, UserPtr<Timespec> out) {
    const ClockId clock = MF_TRY(decode_clock_id(self, id));
    MF_TRY(out.put(to_timespec(now_ns(clock, self.process()))));
    return 0;
}

SysResult sys_clock_getres(Thread& self, int id, UserPtr<Timespec> out) {
    MF_TRY(decode_clock_id(self, id));
    const bool coarse = id == CLOCK_REALTIME_COARSE || id == CLOCK_MONOTONIC_COARSE;
    if (!out.is_null()) MF_TRY(out.put(to_timespec(coarse ? kCoarseResolutionNs : 1)));
    return 0;
}

SysResult sys_gettimeofday(Thread&, UserPtr<Timeval> out, UserPtr<struct timezone> zone) {
    if (!out.is_null()) MF_TRY(out.put(to_timeval(realtime_ns())));
    if (!zone.is_null()) MF_TRY(zone.put({}));
    return 0;
}

SysResult sys_time(Thread&, UserPtr<i64> out) {
    const i64 seconds = static_cast<i64>(realtime_ns() / kNsPerSecond);
    if (!out.is_null()) MF_TRY(out.put(seconds));
    return seconds;
}

SysResult sys_clock_settime(Thread& self, int id, UserPtr<Timespec> wanted) {
    const ClockId clock = MF_TRY(decode_clock_id(self, id));
    if (clock.kind != ClockKind::realtime || clock.coarse) return fail(EINVAL);
    const Timespec time = MF_TRY(wanted.get());
    MF_TRY(to_ns(time));
    return fail(EPERM);
}

SysResult sys_settimeofday(Thread&, UserAddr, UserAddr) { return fail(EPERM); }
SysResult sys_adjtimex(Thread&, UserAddr) { return fail(EPERM); }
SysResult sys_clock_adjtime(Thread&, int, UserAddr) { return fail(EPERM); }

}  // namespace mayfly::guest
