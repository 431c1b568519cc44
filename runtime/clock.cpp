#include "runtime/clock.h"

#include <ctime>

namespace mayfly::runtime {

std::uint64_t monotonic_ns() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

Deadline deadline_after(std::uint64_t duration_ns) {
    const std::uint64_t now = monotonic_ns();
    return duration_ns < kNever - now ? now + duration_ns : kNever;
}

}  // namespace mayfly::runtime
