#include "guest/syscall/detour.h"

#include <array>

#include "guest/arch/instruction.h"

namespace mayfly::guest {
namespace {

// The movable instructions that lie directly in front of the one at `end`, the nearest last.
class Run {
public:
    struct Piece {
        usize at;
        usize bytes;
    };

    void add(usize at, const Instruction& instruction) {
        if (!instruction.movable) {
            count_ = 0;
            return;
        }
        if (count_ == pieces_.size()) {
            for (usize i = 1; i < count_; ++i) pieces_[i - 1] = pieces_[i];
            --count_;
        }
        pieces_[count_++] = {at, instruction.bytes};
    }
    std::span<const Piece> pieces() const { return {pieces_.data(), count_}; }

private:
    std::array<Piece, 8> pieces_{};
    usize count_ = 0;
};

// What lies in front of SYSCALL, if decoding the function from its start leads to it.
std::optional<Run> run_up_to(const CodeAround& around) {
    Run run;
    usize at = around.function_start;
    while (at < around.syscall) {
        const Instruction instruction = decode_instruction(around.code.subspan(at));
        if (instruction.bytes == 0) return {};
        run.add(at, instruction);
        at += instruction.bytes;
    }
    if (at != around.syscall) return {};
    return run;
}

// A place for a near jump in [start, end), which must hold nothing but NOPs.
std::optional<usize> room_in(std::span<const u8> code, usize start, usize end) {
    if (end - start < kNearJumpBytes) return {};
    for (usize at = start; at < end;) {
        const Instruction instruction = decode_instruction(code.subspan(at, end - at));
        if (!instruction.nop) return {};
        at += instruction.bytes;
    }
    return end - kNearJumpBytes;
}

bool short_jump_reaches(usize from, usize to) {
    const i64 distance = static_cast<i64>(to) - static_cast<i64>(from + kShortJumpBytes);
    return distance >= -128 && distance <= 127;
}

std::optional<usize> gap_near(const CodeAround& around, usize from) {
    const auto behind = room_in(around.code, around.function_end, around.code.size());
    if (behind && short_jump_reaches(from, *behind)) return behind;
    const auto before = room_in(around.code, 0, around.function_start);
    if (before && short_jump_reaches(from, *before)) return before;
    return {};
}

}  // namespace

std::optional<Detour> plan_detour(const CodeAround& around) {
    const auto run = run_up_to(around);
    if (!run) return {};
    const auto pieces = run->pieces();
    for (usize i = pieces.size(); i > 0; --i) {
        const auto& piece = pieces[i - 1];
        if (around.syscall - piece.at > kMaxMovedBytes) return {};
        if (piece.bytes >= kNearJumpBytes) return Detour{piece.at, {}};
    }
    for (usize i = pieces.size(); i > 0; --i) {
        const auto& piece = pieces[i - 1];
        if (piece.bytes < kShortJumpBytes) continue;
        if (const auto gap = gap_near(around, piece.at)) return Detour{piece.at, gap};
    }
    return {};
}

}  // namespace mayfly::guest
