#include "microvm/placement.h"

#include "base/monotonic_clock.h"

namespace mayfly::microvm {
namespace {

constexpr std::uint64_t kPauseNs = 1'000'000;

}  // namespace

Placement::Placement() {
    if (::sched_getaffinity(0, sizeof allowed_, &allowed_) != 0) CPU_ZERO(&allowed_);
}

void Placement::keep_off(unsigned processor) {
    if (processor >= CPU_SETSIZE || ::sched_getcpu() != static_cast<int>(processor)) return;
    const std::uint64_t now = monotonic_ns();
    if (now - moved_ns_ < kPauseNs) return;
    moved_ns_ = now;
    cpu_set_t others = allowed_;
    CPU_CLR(processor, &others);
    if (CPU_COUNT(&others) == 0) return;
    // It moves at once, and may be moved back later.
    ::sched_setaffinity(0, sizeof others, &others);
    ::sched_setaffinity(0, sizeof allowed_, &allowed_);
}

}  // namespace mayfly::microvm
