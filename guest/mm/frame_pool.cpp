#include "guest/mm/frame_pool.h"

#include "guest/lib/assert.h"

namespace mayfly::guest {

void FramePool::initialize(u64 first, u64 end, u32* stack) {
    MF_ASSERT(first <= end);
    first_ = watermark_ = first;
    end_ = end;
    stack_ = stack;
}

void FramePool::extend(u64 end) {
    if (end > end_) end_ = end;
}

FramePool::Frame FramePool::allocate() {
    Frame frame{kNone, false};
    if (free_used_ > parked_)
        frame = {stack_[--free_used_], false};
    else if (watermark_ < end_)
        frame = {watermark_++, true};
    else if (parked_ > 0)
        frame = {stack_[parked_ = --free_used_], false};
    const u64 used = total() - free_count();
    if (used > peak_used_) peak_used_ = used;
    return frame;
}

bool FramePool::free(u64 number) {
    MF_ASSERT(number >= first_ && number < watermark_);
    if (free_used_ == stack_room_) return false;
    stack_[free_used_++] = static_cast<u32>(number);
    return true;
}

bool FramePool::park(u64 number) {
    if (!free(number)) return false;
    stack_[free_used_ - 1] = stack_[parked_];
    stack_[parked_++] = static_cast<u32>(number);
    return true;
}

}  // namespace mayfly::guest
