// What the file systems' pure parts need from the rest of the kernel.
#include "doubles.h"

#include <cstdlib>
#include <cstring>

#include "guest/fs/file.h"
#include "guest/fs/lock.h"
#include "guest/fs/mount.h"
#include "guest/fs/tmpfs.h"
#include "guest/fs/tmpfs_space.h"
#include "guest/mm/frames.h"
#include "guest/mm/user.h"

namespace mayfly::guest {

namespace {
u64 used_pages = 0;
u64 used_inodes = 0;
u64 page_limit = 1024;
Ref<Dentry> root;
std::vector<u64> unmapped_from;
}  // namespace

namespace doubles {
void set_page_limit(u64 pages) { page_limit = pages; }
void set_root(Ref<Dentry> dentry) { root = std::move(dentry); }
std::vector<u64>& unmapped() { return unmapped_from; }
}  // namespace doubles

// Frames are host pages; their "physical" address is the host's.
ErrnoOr<PhysAddr> allocate_frame() {
    void* page = std::aligned_alloc(kPageSize, kPageSize);
    std::memset(page, 0, kPageSize);
    return PhysAddr{reinterpret_cast<u64>(page)};
}
void free_frame(PhysAddr frame) { std::free(reinterpret_cast<void*>(raw(frame))); }
std::byte* frame_bytes(PhysAddr frame) { return reinterpret_cast<std::byte*>(raw(frame)); }

u64 TmpfsSpace::page_limit() { return guest::page_limit; }
u64 TmpfsSpace::used_pages() { return guest::used_pages; }
u64 TmpfsSpace::inode_limit() { return 1000; }
u64 TmpfsSpace::used_inodes() { return guest::used_inodes; }
ErrnoOr<PhysAddr> TmpfsSpace::take_page() {
    if (guest::used_pages >= guest::page_limit) return fail(ENOSPC);
    ++guest::used_pages;
    return allocate_frame();
}
void TmpfsSpace::give_page(PhysAddr frame) {
    --guest::used_pages;
    free_frame(frame);
}
ErrnoOr<void> TmpfsSpace::take_inode() {
    ++guest::used_inodes;
    return {};
}
void TmpfsSpace::give_inode() { --guest::used_inodes; }
void unmap_from_processes(const MemoryObject&, u64 first_page) { unmapped_from.push_back(first_page); }

Timestamp Timestamp::now() {
    static i64 seconds = 0;
    return {++seconds, 0};
}
Ref<Dentry> root_directory() { return root; }
ErrnoOr<Ref<File>> TmpfsSpecial::open(int) { return fail(ENXIO); }
ErrnoOr<usize> copy_from_user_some(void*, UserAddr, usize) { return fail(EFAULT); }
ErrnoOr<usize> copy_to_user_some(UserAddr, const void*, usize) { return fail(EFAULT); }
ErrnoOr<void> copy_from_user(void*, UserAddr, usize) { return fail(EFAULT); }

void release_locks(File&) {}

}  // namespace mayfly::guest
