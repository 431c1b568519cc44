#include "guest/mm/frames.h"

#include <cstring>

#include "guest/arch/control.h"
#include "guest/arch/doorbell.h"
#include "guest/lib/assert.h"
#include "guest/mm/frame_pool.h"
#include "guest/mm/layout.h"
#include "guest/mm/page_table.h"

namespace mayfly::guest {

extern "C" const char kernel_image_end[];

namespace {

// KVM maps no 2 MiB in one piece in which a page table lies. So tables come from the rest of those that hold the
// kernel, as long as there is any; of these frames no other use is made.
constinit FramePool table_pool;
constinit FramePool pool;

u64 image_end() { return reinterpret_cast<u64>(kernel_image_end) - abi::kKernelBase + abi::kKernelPhysicalBase; }

// Free frames that found no room on the stack, because there was none for a page table of its: the first words
// make a list. The next table is made of them, so it stays short.
constinit u64 spare = 0;
constinit u64 spare_count = 0;

u64& next_spare(PhysAddr frame) { return *reinterpret_cast<u64*>(frame_bytes(frame)); }

void keep_spare(PhysAddr frame) {
    next_spare(frame) = spare;
    spare = raw(frame);
    ++spare_count;
}

FramePool::Frame take_spare() {
    if (spare == 0) return {FramePool::kNone, false};
    const u64 frame = spare;
    spare = next_spare(PhysAddr{frame});
    --spare_count;
    return {frame / kPageSize, false};
}

// Frames are handed out for the first time in the order of their numbers: the VMM need not have all RAM there.
FramePool::Frame take() {
    const auto frame = pool.allocate();
    if (frame.number == FramePool::kNone) return take_spare();
    while (frame.number >= control_volatile().plugged_ram_bytes / kPageSize) ring(abi::Doorbell::plug_ram);
    return frame;
}

// The stack of free frames grows in its own part of the address space, by the frames freed to it.
void grow_stack_with(PhysAddr frame) {
    constexpr u64 kEntries = kPageSize / sizeof(u32);
    u64* entry = page_entry(kFrameStackBase + pool.stack_room() * sizeof(u32), true);
    if (entry == nullptr) return keep_spare(frame);
    *entry = raw(frame) | pte::kPresent | pte::kWrite | pte::kAlways;
    pool.add_stack_room(kEntries);
}

}  // namespace

void initialize_frames() {
    const u64 image = image_end() / kPageSize;
    const u64 first = round_up(image_end(), abi::kLargePageSize) / kPageSize;
    table_pool.initialize(image, first, nullptr);
    pool.initialize(first, control().ram_bytes / kPageSize, reinterpret_cast<u32*>(kFrameStackBase));
}

void extend_frames() {
    const u64 end = control().ram_bytes / kPageSize;
    if (end <= pool.end()) return;
    if (map_direct(pool.end() * kPageSize, end * kPageSize)) pool.extend(end);
}

ErrnoOr<PhysAddr> allocate_frame() {
    const auto frame = take();
    if (frame.number == FramePool::kNone) return fail(ENOMEM);
    const PhysAddr address{frame.number * kPageSize};
    if (!frame.zeroed) std::memset(frame_bytes(address), 0, kPageSize);
    return address;
}

ErrnoOr<PhysAddr> allocate_frame_uninitialized() {
    const auto frame = take();
    if (frame.number == FramePool::kNone) return fail(ENOMEM);
    return PhysAddr{frame.number * kPageSize};
}

ErrnoOr<PhysAddr> allocate_table_frame() {
    const auto frame = table_pool.allocate();
    if (frame.number == FramePool::kNone) return allocate_frame_uninitialized();
    return PhysAddr{frame.number * kPageSize};
}

void free_frame(PhysAddr frame) {
    if (!pool.free(raw(frame) / kPageSize)) grow_stack_with(frame);
}

void park_frame(PhysAddr frame) {
    if (!pool.park(raw(frame) / kPageSize)) grow_stack_with(frame);
}

void park_free_frames() { pool.park_free(); }

std::byte* frame_bytes(PhysAddr frame) { return reinterpret_cast<std::byte*>(abi::kDirectMapBase + raw(frame)); }

u64 total_frames() { return pool.total(); }
u64 free_frames() { return pool.free_count() + spare_count; }
u64 peak_frames() { return pool.peak_used(); }

}  // namespace mayfly::guest
