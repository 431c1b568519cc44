// Register dumps and backtraces, to the kernel log.
#pragma once

#include <string_view>

#include "guest/arch/trap_frame.h"

namespace mayfly::guest {

// The program's registers and a backtrace by its frame pointers, with the files the addresses lie in.
void dump_user_fault(const TrapFrame& frame, std::string_view why);
// A fault of the kernel's own: registers, a backtrace with symbols, then the microVM ends.
[[noreturn]] void kernel_panic_at(const TrapFrame& frame, u64 address);
[[noreturn]] void kernel_panic(std::string_view why);

}  // namespace mayfly::guest
