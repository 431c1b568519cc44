// Deadlines.
#pragma once

#include <cstdint>

#include "base/monotonic_clock.h"

namespace mayfly::runtime {

// A moment of the monotonic clock; kNever waits for ever.
using Deadline = std::uint64_t;
inline constexpr Deadline kNever = ~0ull;

Deadline deadline_after(std::uint64_t duration_ns);

}  // namespace mayfly::runtime
