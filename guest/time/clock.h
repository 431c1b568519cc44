// The clocks, computed from the TSC and the control page without leaving the guest.
#pragma once

#include "guest/lib/types.h"

namespace mayfly::guest {

class Process;

u64 monotonic_ns();  // never less than an earlier result
u64 realtime_ns();

// CPU time of a process, of its living and its dead threads. That of one thread: scheduler.h.
u64 cpu_time_ns(Process& process);

}  // namespace mayfly::guest
