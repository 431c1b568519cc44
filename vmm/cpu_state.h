// What differs between two vCPUs of ours: everything else is constant or lies in guest memory.
#pragma once

#include <array>
#include <cstdint>

namespace mayfly::vmm {

struct CpuState {
    std::uint64_t rip = 0;
    std::uint64_t rsp = 0;
    std::uint64_t rflags = 0;
    std::uint64_t cr3 = 0;
    std::array<std::uint64_t, 15> general{};  // rax rbx rcx rdx rsi rdi rbp r8..r15
    std::uint64_t fs_base = 0;
    std::uint64_t gs_base = 0;
    std::uint64_t gdt = 0;
    std::uint64_t idt = 0;
    std::uint64_t tss = 0;
    std::uint64_t syscall_entry = 0;
    std::uint64_t xcr0 = 0;               // 0: as the host has it
    std::uint64_t tick_period_ns = 0;     // the tick the guest wants from the resume on; 0: none
    std::uint64_t plugged_ram_bytes = 0;  // RAM that the guest may have touched; 0: what every guest begins with

    bool operator==(const CpuState&) const = default;
};

}  // namespace mayfly::vmm
