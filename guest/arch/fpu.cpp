#include "guest/arch/fpu.h"

#include <cstring>

#include "guest/arch/cpu.h"

namespace mayfly::guest {
namespace {

constexpr usize kLegacyAndHeaderBytes = 512 + 64;  // SDM 1, 13.4
constexpr int kFirstExtendedComponent = 2;

// Of the non-compacted format (SDM 1, 13.5): each component lies where CPUID says.
usize area_bytes(u64 components) {
    usize end = kLegacyAndHeaderBytes;
    for (int component = kFirstExtendedComponent; component < 63; ++component) {
        if ((components >> component & 1) == 0) continue;
        const Cpuid place = cpuid(0xd, static_cast<u32>(component));
        if (place.ebx + place.eax > end) end = place.ebx + place.eax;
    }
    return end;
}

}  // namespace

// Not what CPUID 0xd says of the enabled components: where KVM answers CPUID, that is of the XCR0 it keeps for the guest,
// and the processor may have the host's (PVM).
usize xsave_bytes() {
    static constinit usize bytes = 0;
    if (bytes == 0) bytes = area_bytes(xsave_features());
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
