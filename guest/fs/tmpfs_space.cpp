#include "guest/fs/tmpfs_space.h"

#include "guest/arch/control.h"
#include "guest/fs/inode.h"
#include "guest/mm/frames.h"
#include "guest/thread/process.h"
#include "guest/time/timespec.h"

namespace mayfly::guest {

namespace {
constinit u64 pages = 0;
constinit u64 most_pages = 0;
constinit u64 inodes = 0;
}  // namespace

u64 TmpfsSpace::page_limit() {
    const u64 half = total_frames() / 2;  // as Linux has it
    const u64 bytes = control().tmp_limit_bytes;
    return bytes == 0 || bytes / kPageSize > half ? half : bytes / kPageSize;
}
u64 TmpfsSpace::used_pages() { return pages; }
u64 TmpfsSpace::peak_pages() { return most_pages; }
// As on Linux, so that empty files can't eat the kernel's memory.
u64 TmpfsSpace::inode_limit() { return total_frames() / 2; }
u64 TmpfsSpace::used_inodes() { return inodes; }

ErrnoOr<PhysAddr> TmpfsSpace::take_page() {
    if (pages >= page_limit()) return fail(ENOSPC);
    const PhysAddr frame = MF_TRY(allocate_frame());
    if (++pages > most_pages) most_pages = pages;
    return frame;
}

void TmpfsSpace::give_page(PhysAddr frame) {
    --pages;
    free_frame(frame);
}

ErrnoOr<void> TmpfsSpace::take_inode() {
    if (inodes >= inode_limit()) return fail(ENOSPC);
    ++inodes;
    return {};
}

void TmpfsSpace::give_inode() { --inodes; }

void unmap_from_processes(const MemoryObject& object, u64 first_page) {
    current().space().unmap_object(object, first_page);
}

Timestamp Timestamp::now() {
    const Timespec now = to_timespec(realtime_ns());
    return {now.tv_sec, static_cast<u32>(now.tv_nsec)};
}

}  // namespace mayfly::guest
