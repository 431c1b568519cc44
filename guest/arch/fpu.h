// The program's x87/SSE/AVX state. The kernel uses none of it, so it stays in the registers while the
// kernel runs and is saved only when another thread gets the CPU, for a signal frame, and before a
// wait in which the microVM may be captured.
#pragma once

#include "guest/lib/types.h"

namespace mayfly::guest {

// What xsave() and xrstor() move: the components of XCR0 that have a known place in an area.
u64 xsave_features();
// Bytes of an area for them; it is 64-byte aligned.
usize xsave_bytes();

inline void xsave(void* area) {
    const u64 features = xsave_features();
    const u32 low = static_cast<u32>(features), high = static_cast<u32>(features >> 32);
    asm volatile("xsave64 (%0)" : : "r"(area), "a"(low), "d"(high) : "memory");
}
inline void xrstor(const void* area) {
    const u64 features = xsave_features();
    const u32 low = static_cast<u32>(features), high = static_cast<u32>(features >> 32);
    asm volatile("xrstor64 (%0)" : : "r"(area), "a"(low), "d"(high) : "memory");
}
// Makes `area` hold the state of a new thread.
void xsave_initialize(void* area);

}  // namespace mayfly::guest
