// Page frames of RAM, for the parts of the kernel that own pages (address spaces, tmpfs, the heap).
#pragma once

#include "guest/mm/memory_object.h"

namespace mayfly::guest {

// A zeroed frame, or ENOMEM.
ErrnoOr<PhysAddr> allocate_frame();
// A frame with whatever is in it: for a caller that overwrites all of it.
ErrnoOr<PhysAddr> allocate_frame_uninitialized();
// For a page table, with whatever is in it; never freed.
ErrnoOr<PhysAddr> allocate_table_frame();
void free_frame(PhysAddr frame);
// Frees a frame of the base snapshot, which is used again only when there is no other.
void park_frame(PhysAddr frame);
// The same for all that are free now.
void park_free_frames();
// Where the kernel sees a physical page (RAM, image window or exchange area).
std::byte* frame_bytes(PhysAddr frame);
u64 total_frames();
u64 free_frames();
u64 peak_frames();

// Takes over the RAM the control page names, at boot and after a resume that brought more.
void initialize_frames();
void extend_frames();

}  // namespace mayfly::guest
