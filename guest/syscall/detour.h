// Where a program's way to a SYSCALL instruction can be led elsewhere without anybody noticing. Pure.
//
// A jump takes the place of one instruction in front of SYSCALL; that one and those behind it are to be executed
// elsewhere instead. SYSCALL itself and whatever else lies there stay, so code that jumps to any instruction
// but the replaced one's inside works as before.
#pragma once

#include <optional>
#include <span>

#include "guest/lib/types.h"

namespace mayfly::guest {

inline constexpr usize kNearJumpBytes = 5;   // E9 rel32
inline constexpr usize kShortJumpBytes = 2;  // EB rel8
inline constexpr usize kMaxMovedBytes = 48;

// The surroundings of a system call: a function and the gaps around it, which nobody executes.
struct CodeAround {
    std::span<const u8> code;
    usize function_start = 0;  // offsets in code
    usize function_end = 0;
    usize syscall = 0;  // of the instruction
};

struct Detour {
    usize start = 0;  // offset of the instruction that gives way; what lies between it and SYSCALL is moved
    // Of a gap that takes a near jump, where the instruction has only room for a short one, to there.
    std::optional<usize> gap;
};

// None where it can't be proven: the function is decoded from its first instruction on, and what would be moved
// must be movable.
std::optional<Detour> plan_detour(const CodeAround& around);

}  // namespace mayfly::guest
