// Which page frames are free. Frames below the watermark were handed out at some time and come back
// on a stack; those above were never touched, so they are known to be zero and cost the host nothing.
// A function's snapshot is small and lies together if it leaves alone what its base snapshot holds: so free
// frames of that one are parked, and taken when there are no others.
#pragma once

#include "guest/lib/types.h"

namespace mayfly::guest {

class FramePool {
public:
    struct Frame {
        u64 number;
        bool zeroed;
    };
    static constexpr u64 kNone = ~0ull;

    // Frames [first, end). The stack of free frames begins at `stack` and has no room yet.
    void initialize(u64 first, u64 end, u32* stack);
    // Frames up to `end` may be used from now on.
    void extend(u64 end);

    // number == kNone when there is none.
    Frame allocate();
    // False when the stack has no room: add_stack_room() first (the frame itself may serve).
    [[nodiscard]] bool free(u64 number);
    // Gives back a frame that had better keep what it holds. Parked frames are handed out last.
    [[nodiscard]] bool park(u64 number);
    // Parks all that were given back so far.
    void park_free() { parked_ = free_used_; }
    void add_stack_room(u64 entries) { stack_room_ += entries; }
    u64 stack_room() const { return stack_room_; }

    u64 free_count() const { return free_used_ + (end_ - watermark_); }
    u64 total() const { return end_ - first_; }
    u64 end() const { return end_; }
    // The most frames that were ever in use at a time.
    u64 peak_used() const { return peak_used_; }

private:
    u64 first_ = 0;
    u64 end_ = 0;
    u64 watermark_ = 0;
    u64 peak_used_ = 0;
    u64 free_used_ = 0;
    u64 parked_ = 0;  // so many at the bottom of the stack
    u64 stack_room_ = 0;
    u32* stack_ = nullptr;
};

}  // namespace mayfly::guest
