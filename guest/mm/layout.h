// Where the kernel keeps things in its half of the address space, beside abi/layout.h.
#pragma once

#include "abi/layout.h"
#include "guest/lib/types.h"

namespace mayfly::guest {

inline constexpr u64 kHeapBase = 0xffff'd000'0000'0000;
inline constexpr u64 kHeapBytes = 1ull << 30;
inline constexpr u64 kFrameStackBase = 0xffff'd100'0000'0000;

}  // namespace mayfly::guest
