// The header at the start of the guest kernel's first segment: what the VMM needs to set up a vCPU.
// Virtual addresses, filled in by the kernel's linker.
#pragma once

#include <cstddef>
#include <cstdint>

#include "abi/layout.h"

namespace mayfly::abi {

inline constexpr std::uint64_t kKernelMagic = 0x314c454e52454b4d;  // "MKERNEL1"

struct KernelHeader {
    std::uint64_t magic;
    std::uint32_t abi_version;
    std::uint32_t reserved;
    std::uint64_t entry;          // first instruction, CPL 3
    std::uint64_t stack_top;      // RSP at entry
    std::uint64_t syscall_entry;  // MSR_LSTAR
    std::uint64_t gdt;            // kGdtBytes bytes, constant
    std::uint64_t idt;            // kIdtBytes bytes, filled by the kernel before its first exception
    std::uint64_t tss;            // kTssBytes bytes, with I/O bitmap that allows the doorbell port
    std::uint64_t image_end;      // end of the image including .bss
};

inline constexpr std::uint16_t kGdtBytes = 10 * 8;
inline constexpr std::uint16_t kIdtBytes = 256 * 16;
inline constexpr std::uint16_t kTssBytes = 0x68 + 8192 + 1;

// Selectors. KVM's PVM backend insists on user CS 0x33 and SS 0x2b; the rest follows from STAR.
inline constexpr std::uint16_t kKernelCs = 0x10;
inline constexpr std::uint16_t kKernelSs = 0x18;
inline constexpr std::uint16_t kUserSs = 0x2b;
inline constexpr std::uint16_t kUserCs = 0x33;
inline constexpr std::uint16_t kTssSelector = 0x40;
inline constexpr std::uint64_t kStar = (0x23ull << 48) | (std::uint64_t{kKernelCs} << 32);
// SYSCALL clears TF, DF, NT and AC. Not IF: where SYSCALL stays at CPL 3 (KVM's PVM backend), nothing could set
// it again but IRET, and programs would run without ticks. It need not be cleared: the VMM injects no
// interrupt while RIP is in the kernel.
inline constexpr std::uint64_t kSyscallMask = 0x4'4500;

static_assert(sizeof(KernelHeader) == 72);

}  // namespace mayfly::abi
