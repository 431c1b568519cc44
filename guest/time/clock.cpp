#include "guest/time/clock.h"

#include "guest/arch/control.h"
#include "guest/arch/cpu.h"
#include "guest/time/tsc_clock.h"

namespace mayfly::guest {
namespace {

constinit u64 latest = 0;

}  // namespace

// A vCPU that moves between host CPUs may meet a TSC that is a few ticks behind.
u64 monotonic_ns() {
    const u64 now = read_clock(control_volatile(), TscClock::monotonic, read_tsc);
    if (now > latest) latest = now;
    return latest;
}

u64 realtime_ns() { return read_clock(control_volatile(), TscClock::realtime, read_tsc); }

}  // namespace mayfly::guest
