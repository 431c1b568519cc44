// The clocks that clock_gettime(2) and its kin name.
#pragma once

#include "guest/thread/thread.h"

namespace mayfly::guest {

enum class ClockKind { monotonic, realtime, process_cpu, thread_cpu };

struct ClockId {
    ClockKind kind = ClockKind::monotonic;
    int tid = 0;          // of thread_cpu
    bool coarse = false;  // can be read, but neither slept on nor armed
    bool is_cpu() const { return kind == ClockKind::process_cpu || kind == ClockKind::thread_cpu; }
};

// EINVAL for a clock that is none, or one of somebody else's.
ErrnoOr<ClockId> decode_clock_id(Thread& self, int id);
// The clock's time; a dead thread's stands at 0.
u64 now_ns(const ClockId& clock, Process& process);
// When a wait on the clock until `at_ns` has to look again: exact for the two clocks of real time,
// the earliest possible time for CPU clocks.
u64 monotonic_at(const ClockId& clock, Process& process, u64 at_ns);

}  // namespace mayfly::guest
