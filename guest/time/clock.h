// The clocks, computed from the TSC and the control page without leaving the guest.
#pragma once

#include "guest/lib/types.h"

namespace mayfly::guest {

class Process;
class Thread;

u64 monotonic_ns();  // never less than an earlier result
u64 realtime_ns();

// CPU time used, the part since the last switch included.
u64 cpu_time_ns(const Thread& thread);
u64 cpu_time_ns(Process& process);  // of its living and its dead threads

}  // namespace mayfly::guest
