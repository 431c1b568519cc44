#include "guest/time/clock_id.h"

#include "guest/thread/process.h"
#include "guest/thread/scheduler.h"
#include "guest/time/timespec.h"

namespace mayfly::guest {
namespace {

// A CPU clock of a certain process or thread: ~number << 3 | kPerThread | kind (clock_getcpuclockid(3)).
constexpr int kPerThread = 4, kKindMask = 3, kFileDescriptor = 3;
constexpr u64 kShortestCpuWaitNs = 1'000'000;

ErrnoOr<ClockId> decode_cpu_clock(Thread& self, int id) {
    const int number = ~(id >> 3);
    if ((id & kKindMask) == kFileDescriptor) return fail(EINVAL);
    if ((id & kPerThread) == 0) {
        if (number != 0 && number != self.process().pid()) return fail(EINVAL);
        return ClockId{ClockKind::process_cpu};
    }
    if (number != 0 && self.process().find_thread(number) == nullptr) return fail(EINVAL);
    return ClockId{ClockKind::thread_cpu, number != 0 ? number : self.tid()};
}

}  // namespace

ErrnoOr<ClockId> decode_clock_id(Thread& self, int id) {
    if (id < 0) return decode_cpu_clock(self, id);
    switch (id) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_ALARM:
    case CLOCK_TAI: return ClockId{ClockKind::realtime};
    case CLOCK_REALTIME_COARSE: return ClockId{ClockKind::realtime, 0, true};
    case CLOCK_MONOTONIC:
    case CLOCK_BOOTTIME:
    case CLOCK_BOOTTIME_ALARM: return ClockId{ClockKind::monotonic};
    case CLOCK_MONOTONIC_RAW: return ClockId{ClockKind::monotonic, 0, true};
    case CLOCK_MONOTONIC_COARSE: return ClockId{ClockKind::monotonic, 0, true};
    case CLOCK_PROCESS_CPUTIME_ID: return ClockId{ClockKind::process_cpu};
    case CLOCK_THREAD_CPUTIME_ID: return ClockId{ClockKind::thread_cpu, self.tid()};
    default: return fail(EINVAL);
    }
}

u64 now_ns(const ClockId& clock, Process& process) {
    switch (clock.kind) {
    case ClockKind::monotonic: return monotonic_ns();
    case ClockKind::realtime: return realtime_ns();
    case ClockKind::process_cpu: return cpu_time_ns(process);
    case ClockKind::thread_cpu: break;
    }
    const Thread* thread = process.find_thread(clock.tid);
    return thread == nullptr ? 0 : cpu_time_ns(*thread);
}

u64 monotonic_at(const ClockId& clock, Process& process, u64 at_ns) {
    const u64 now = now_ns(clock, process);
    const u64 left = at_ns > now ? at_ns - now : 0;
    return saturating_add(monotonic_ns(), clock.is_cpu() && left < kShortestCpuWaitNs ? kShortestCpuWaitNs : left);
}

}  // namespace mayfly::guest
