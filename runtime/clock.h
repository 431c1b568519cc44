// The host's monotonic clock, in which receipts and deadlines are given.
#pragma once

#include <cstdint>

namespace mayfly::runtime {

std::uint64_t monotonic_ns();

// A moment of that clock; kNever waits for ever.
using Deadline = std::uint64_t;
inline constexpr Deadline kNever = ~0ull;

Deadline deadline_after(std::uint64_t duration_ns);

}  // namespace mayfly::runtime
