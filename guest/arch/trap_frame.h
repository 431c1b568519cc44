// The user registers as every entry into the kernel saves them; entry.S pushes them in this order.
#pragma once

#include "guest/lib/types.h"

namespace mayfly::guest {

struct TrapFrame {
    u64 r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
    u64 vector;  // kSyscallVector for a system call
    u64 error;   // the error code of an exception; of a system call its number, kept for restarts
    u64 rip, cs, rflags, rsp, ss;
};
static_assert(sizeof(TrapFrame) == 22 * 8);

inline constexpr u64 kSyscallVector = 256;

}  // namespace mayfly::guest
