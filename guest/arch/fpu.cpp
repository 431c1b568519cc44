#include "guest/arch/fpu.h"

#include <cstring>

#include "guest/arch/cpu.h"

namespace mayfly::guest {
namespace {

constexpr usize kLegacyAndHeaderBytes = 512 + 64;  // SDM 1, 13.4
constexpr int kFirstExtendedComponent = 2;

struct XsaveLayout {
    u64 features;
    usize bytes;
};

u64 read_xcr0() {
    u32 low, high;
    asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (static_cast<u64>(high) << 32) | low;
}

// Of the non-compacted format (SDM 1, 13.5): each component lies where CPUID says. Not what CPUID 0xd.0 says of all of
// them: where KVM answers CPUID, that is of the XCR0 it keeps for the guest, and the processor may have the host's
// (PVM). Of that, KVM may hide a component that its user did not ask for (AMX).
XsaveLayout find_layout() {
    XsaveLayout layout{read_xcr0(), kLegacyAndHeaderBytes};
    for (int component = kFirstExtendedComponent; component < 63; ++component) {
        const u64 bit = 1ull << component;
        if ((layout.features & bit) == 0) continue;
        const Cpuid place = cpuid(0xd, static_cast<u32>(component));
        if (place.eax == 0) layout.features &= ~bit;
        if (place.ebx + place.eax > layout.bytes) layout.bytes = place.ebx + place.eax;
    }
    return layout;
}

const XsaveLayout& layout() {
    static constinit XsaveLayout found{};
    if (found.bytes == 0) found = find_layout();
    return found;
}

}  // namespace

u64 xsave_features() { return layout().features; }
usize xsave_bytes() { return layout().bytes; }

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
