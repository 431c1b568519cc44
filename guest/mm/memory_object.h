// What a file mapping is made of: something with pages. An inode that can be mapped returns one.
#pragma once

#include "guest/lib/ref.h"
#include "guest/lib/types.h"

namespace mayfly::guest {

// A guest-physical address. Lives in page tables, the frame allocator and memory objects only.
enum class PhysAddr : u64 {};
constexpr u64 raw(PhysAddr address) { return static_cast<u64>(address); }

class MemoryObject : public RefCounted {
public:
    // The page at index (in units of kPageSize). for_write: a shared mapping will write to it, so a
    // hole must be filled. ENXIO beyond the end (becomes SIGBUS), ENOMEM. The page stays valid while
    // the object lives, or until it calls AddressSpace::unmap_object for that range.
    virtual ErrnoOr<PhysAddr> page(u64 index, bool for_write) = 0;
    // A run of pages from index that are physically contiguous, at most max_pages; for fault-around.
    // 0 = only page() can tell.
    virtual u64 contiguous_pages(u64 index, u64 max_pages) {
        (void)index;
        (void)max_pages;
        return 0;
    }
    // The page at index if it is there already: nothing is brought in for it. For fault-around too.
    virtual ErrnoOr<PhysAddr> present(u64 index) {
        (void)index;
        return fail(ENXIO);
    }
    // MADV_REMOVE: what the range held is zero from now on, for everybody.
    virtual ErrnoOr<void> punch_hole(u64 offset, u64 bytes) {
        (void)offset;
        (void)bytes;
        return fail(EOPNOTSUPP);
    }
    // May pages be written through a shared mapping?
    virtual bool writable() const { return false; }
};

}  // namespace mayfly::guest
