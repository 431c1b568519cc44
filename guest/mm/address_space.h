// The program's half of the address space: regions (VMAs) and the pages behind them.
#pragma once

#include "guest/lib/vector.h"
#include "guest/mm/memory_object.h"
#include "guest/mm/user.h"

namespace mayfly::guest {

enum class Access { read, write, execute };

struct Protection {
    bool read = false, write = false, execute = false;
    static Protection of(int prot);  // PROT_*
    bool allows(Access access) const;
    bool none() const { return !read && !write && !execute; }
    friend bool operator==(Protection, Protection) = default;
};

// One mapping: [start, end), page-aligned. Without an object it is anonymous.
struct Region {
    u64 start = 0;
    u64 end = 0;
    Protection protection;
    bool shared = false;
    bool stack = false;
    Ref<MemoryObject> object;
    u64 offset = 0;  // of start in the object, bytes
    String path;     // for /proc/self/maps; may be empty
};

struct MapRequest {
    u64 address = 0;    // hint, or the address itself when fixed
    u64 bytes = 0;      // rounded up to pages
    bool fixed = false;      // MAP_FIXED: replaces what is there
    bool no_replace = false; // with fixed: EEXIST instead
    Region region;      // everything but start and end
};

enum class FaultResult { handled, not_mapped, not_allowed, beyond_object, out_of_memory };

class AddressSpace {
public:
    AddressSpace();
    ~AddressSpace();

    ErrnoOr<u64> map(MapRequest request);
    ErrnoOr<void> unmap(u64 address, u64 bytes);
    ErrnoOr<void> protect(u64 address, u64 bytes, Protection protection);
    ErrnoOr<u64> remap(u64 address, u64 old_bytes, u64 new_bytes, bool may_move);
    // Drops the private pages of a range, so that they read as new (MADV_DONTNEED).
    ErrnoOr<void> discard(u64 address, u64 bytes);
    // The new end of the heap, or the old one if it can't be moved (brk(2)).
    u64 set_brk(u64 end);
    void set_brk_start(u64 start);

    FaultResult handle_fault(u64 address, Access access);

    // The region that holds address, or null.
    const Region* find(u64 address) const;
    // Sorted by address, without overlaps.
    const Vector<Region>& regions() const { return regions_; }
    u64 resident_pages() const { return resident_pages_; }  // private pages of RAM
    u64 mapped_bytes() const;
    u64 brk_start() const { return brk_start_; }
    u64 brk_end() const { return brk_end_; }

    // The object was truncated: its pages from first on must not be reachable any more.
    void unmap_object(const MemoryObject& object, u64 first_page);

private:
    Vector<Region> regions_;
    u64 resident_pages_ = 0;
    u64 brk_start_ = 0;
    u64 brk_end_ = 0;
};

}  // namespace mayfly::guest
