#include "guest/arch/fpu.h"

#include <cstring>

#include "guest/arch/cpu.h"

namespace mayfly::guest {

usize xsave_bytes() {
    static constinit usize bytes = 0;
    if (bytes == 0) bytes = cpuid(0xd, 0).ebx;
    return bytes;
}

u64 xsave_features() {
    u32 low, high;
    asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (static_cast<u64>(high) << 32) | low;
}

// An area whose header (at 512) names no component puts all of them in their initial state, except
// that MXCSR is always loaded (SDM 1, 13.8).
void xsave_initialize(void* area) {
    constexpr u32 kMxcsrDefault = 0x1f80;
    std::memset(area, 0, xsave_bytes());
    const u16 control_word = 0x37f;
    std::memcpy(area, &control_word, sizeof control_word);
    std::memcpy(static_cast<u8*>(area) + 24, &kMxcsrDefault, sizeof kMxcsrDefault);
}

}  // namespace mayfly::guest
