// The few CPU instructions the kernel needs, all of them allowed at CPL 3.
#pragma once

#include "guest/lib/types.h"

namespace mayfly::guest {

// FSBASE: the program's thread pointer. Native at CPL 3 on every backend (the VMM sets CR4.FSGSBASE
// where KVM knows it).
inline void write_fs_base(u64 base) { asm volatile("wrfsbase %0" : : "r"(base)); }
inline u64 read_fs_base() {
    u64 base;
    asm volatile("rdfsbase %0" : "=r"(base));
    return base;
}
inline void write_gs_base(u64 base) { asm volatile("wrgsbase %0" : : "r"(base)); }
inline u64 read_gs_base() {
    u64 base;
    asm volatile("rdgsbase %0" : "=r"(base));
    return base;
}

inline u64 read_tsc() {
    u32 low, high;
    asm volatile("rdtsc" : "=a"(low), "=d"(high));
    return (static_cast<u64>(high) << 32) | low;
}

struct Cpuid {
    u32 eax, ebx, ecx, edx;
};
inline Cpuid cpuid(u32 leaf, u32 subleaf = 0) {
    Cpuid result;
    asm volatile("cpuid"
                 : "=a"(result.eax), "=b"(result.ebx), "=c"(result.ecx), "=d"(result.edx)
                 : "a"(leaf), "c"(subleaf));
    return result;
}

// Forget translations. Ring-0 operations reached by INT3 (arch/ring0.S): tens of microseconds where
// KVM emulates ring 0, so callers batch them. Needed when a mapping is removed or narrowed, not when
// one is added.
inline void flush_page(u64 address) { asm volatile("int3" : : "D"(address) : "rax", "memory"); }
inline void flush_all_pages() { asm volatile("int3" : : "D"(~0ull) : "rax", "memory"); }

}  // namespace mayfly::guest
