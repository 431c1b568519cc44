#include "runtime/clock.h"

namespace mayfly::runtime {

Deadline deadline_after(std::uint64_t duration_ns) {
    const std::uint64_t now = monotonic_ns();
    return duration_ns < kNever - now ? now + duration_ns : kNever;
}

}  // namespace mayfly::runtime
