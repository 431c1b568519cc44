// The program's x87/SSE/AVX state. The kernel uses none of it, so it stays in the registers while the
// kernel runs and is saved only when another thread gets the CPU, for a signal frame, and before a
// wait in which the microVM may be captured.
#pragma once

#include "guest/lib/types.h"

namespace mayfly::guest {

// Bytes of an XSAVE area for the enabled features (CPUID 0xd); the area is 64-byte aligned.
usize xsave_bytes();
u64 xsave_features();  // XCR0

inline void xsave(void* area) { asm volatile("xsave64 (%0)" : : "r"(area), "a"(~0u), "d"(~0u) : "memory"); }
inline void xrstor(const void* area) { asm volatile("xrstor64 (%0)" : : "r"(area), "a"(~0u), "d"(~0u) : "memory"); }
// Makes `area` hold the state of a new thread.
void xsave_initialize(void* area);

}  // namespace mayfly::guest
