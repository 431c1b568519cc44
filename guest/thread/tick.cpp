#include "guest/thread/tick.h"

#include "guest/arch/control.h"
#include "guest/arch/doorbell.h"

namespace mayfly::guest {
namespace {

constexpr u64 kTickPeriodNs = 4'000'000;  // the time slice; also the resolution of timers while busy

constinit bool ticking = false;
constinit bool fell_due = false;  // since keep_ticking()
constinit u64 seen = 0;

}  // namespace

bool tick_fell_due() {
    const u64 ticks = control_volatile().ticks;
    if (ticks == seen) return false;
    seen = ticks;
    fell_due = true;
    return true;
}

void keep_ticking(bool wanted) {
    const bool change = wanted ? !ticking : ticking && fell_due;
    fell_due = false;
    if (!change) return;
    ticking = wanted;
    mailbox().tick_period_ns = wanted ? kTickPeriodNs : 0;
    ring(abi::Doorbell::set_tick);
}

void ask_for_tick_at_resume(bool wanted) {
    ticking = wanted;
    mailbox().tick_period_ns = wanted ? kTickPeriodNs : 0;
}

void forget_ticks() { seen = control().ticks; }

}  // namespace mayfly::guest
