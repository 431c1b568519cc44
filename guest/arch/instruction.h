// How long an x86-64 instruction is (SDM volume 2, chapter 2 and appendix A): enough to find where instructions
// begin, and which of them do the same at another address. Pure.
#pragma once

#include <span>

#include "guest/lib/types.h"

namespace mayfly::guest {

struct Instruction {
    usize bytes = 0;       // 0: unknown, or cut off by the end of the code
    bool movable = false;  // does the same elsewhere: no transfer of control, not relative to RIP
    bool nop = false;      // what compilers fill gaps between functions with
};

// The instruction at the beginning of `code`.
Instruction decode_instruction(std::span<const u8> code);

}  // namespace mayfly::guest
