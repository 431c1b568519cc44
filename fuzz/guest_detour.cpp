// The guest's decoder of instructions, and what it plans to change in a program around a system call.
#include "fuzz/target.h"
#include "guest/arch/instruction.h"
#include "guest/syscall/detour.h"

using namespace mayfly;
using namespace mayfly::guest;

MF_FUZZ_TARGET(input) {
    const usize start = input.take<std::uint8_t>();
    const usize end = start + input.take<std::uint8_t>();
    const usize syscall = start + input.take<std::uint8_t>();
    const auto bytes = input.rest();
    const std::span<const u8> code(reinterpret_cast<const u8*>(bytes.data()), bytes.size());  // bytes as bytes

    const Instruction instruction = decode_instruction(code);
    MF_REQUIRE(instruction.bytes <= 15 && instruction.bytes <= code.size());
    if (end > code.size() || syscall > end) return;
    const auto detour = plan_detour({code, start, end, syscall});
    if (!detour) return;
    MF_REQUIRE(detour->start >= start && detour->start < syscall);
    MF_REQUIRE(!detour->gap || *detour->gap + kNearJumpBytes <= code.size());
}
