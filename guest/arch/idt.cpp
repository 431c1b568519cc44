// The interrupt descriptor table and the TSS descriptor (SDM 3A, 6.14.1 and 8.2.3).
#include "guest/arch/idt.h"

#include "abi/kernel_header.h"
#include "guest/lib/types.h"

namespace mayfly::guest {
namespace {

struct Gate {
    u16 offset_low;
    u16 selector;
    u8 stack_table;
    u8 type;
    u16 offset_middle;
    u32 offset_high;
    u32 reserved;
};
static_assert(sizeof(Gate) == 16);

// Present, DPL 3, 64-bit interrupt gate: DPL 3 lets INT3 through from CPL 3.
constexpr u8 kInterruptGate = 0xee;

struct Stub {
    u64 vector;
    u64 address;
};

}  // namespace

extern "C" {
extern Gate idt[256];
extern u64 gdt[];
extern u8 tss[];
extern const Stub ring0_stubs[];
}

void load_descriptor_tables() {
    for (const Stub* stub = ring0_stubs; stub->address != 0; ++stub) {
        idt[stub->vector] = Gate{
            .offset_low = static_cast<u16>(stub->address),
            .selector = abi::kKernelCs,
            .stack_table = 0,
            .type = kInterruptGate,
            .offset_middle = static_cast<u16>(stub->address >> 16),
            .offset_high = static_cast<u32>(stub->address >> 32),
            .reserved = 0,
        };
    }
    const u64 base = reinterpret_cast<u64>(tss);
    constexpr u64 kBusyTss = 0x8b;
    gdt[8] = (abi::kTssBytes - 1u) | ((base & 0xff'ffff) << 16) | (kBusyTss << 40) | ((base >> 24 & 0xff) << 56);
    gdt[9] = base >> 32;
}

}  // namespace mayfly::guest
