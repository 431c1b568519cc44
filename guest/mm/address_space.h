// The program's half of the address space: its regions and the pages behind them.
#pragma once

#include <span>

#include "guest/mm/region_set.h"
#include "guest/mm/user.h"

namespace mayfly::guest {

enum class Access { read, write, execute };

struct MapRequest {
    u64 address = 0;          // a hint, or the address itself when fixed
    u64 bytes = 0;            // rounded up to pages
    bool fixed = false;       // MAP_FIXED: replaces what is there
    bool no_replace = false;  // with fixed: EEXIST instead (MAP_FIXED_NOREPLACE)
    bool no_reserve = false;  // MAP_NORESERVE: may be larger than RAM
    bool is_new = false;      // nothing is moved here: pages may be brought in at once
    Region region;            // everything but start and end
};

enum class FaultResult { handled, not_mapped, not_allowed, beyond_object, out_of_memory };

// A frame of the base snapshot that was written, and where.
struct BaseCopy {
    u64 page;
    PhysAddr base;
    PhysAddr copy;
};

class AddressSpace {
public:
    ErrnoOr<u64> map(MapRequest request);
    // Where later mappings will not go, as near to `address` as that allows.
    ErrnoOr<u64> map_near(u64 address, MapRequest request);
    ErrnoOr<void> unmap(u64 address, u64 bytes);
    ErrnoOr<void> protect(u64 address, u64 bytes, Protection protection);
    ErrnoOr<u64> remap(u64 address, u64 old_bytes, u64 new_bytes, bool may_move);
    // To `target`, replacing what is there (MREMAP_FIXED).
    ErrnoOr<u64> remap_to(u64 address, u64 old_bytes, u64 new_bytes, u64 target);
    // Drops the pages of a range, so that they read as new, or as what is shared (MADV_DONTNEED).
    ErrnoOr<void> discard(u64 address, u64 bytes);
    // The same for everybody who shares them (MADV_REMOVE).
    ErrnoOr<void> remove_shared(u64 address, u64 bytes);
    // Is all of the range mapped? Not when it leaves user space.
    bool covers(u64 address, u64 bytes) const;

    void set_brk_start(u64 start) { brk_start_ = brk_end_ = round_up(start, kPageSize); }
    // The new end of the heap, or the old one if it can't be moved (brk(2)).
    u64 set_brk(u64 end);
    u64 brk_start() const { return brk_start_; }

    FaultResult handle_fault(u64 address, Access access);
    // Maps what the program will soon use; stack_pointer tells which region is its stack.
    void populate(u64 stack_pointer);
    // A function's snapshot should differ from its base snapshot in few pages that lie together (keep_base.cpp).
    // Called where the base is resumed: what is written from now on is written to copies in new frames.
    void keep_base();
    // Called before a rehearsal behind which the base is taken: notes the pages that are written, which keep_base()
    // then leaves out.
    void watch_writes();
    // Called before the next snapshot: frames are written in place again.
    void settle_copies();
    // Notes the pages that are used from now on (used_pages.cpp)...
    void watch_use();
    void stop_watching_use();
    // ... and reads of each of them.
    void touch_used() const;
    // Writes to memory that the program may not write: its text, in a private page. Within a page.
    bool write_text(u64 address, std::span<const u8> code);
    // The object was truncated: its pages from first_page on must not be reachable any more.
    void unmap_object(const MemoryObject& object, u64 first_page);

    // The region that holds address, or null.
    const Region* find(u64 address) const { return set_.find(address); }
    // Sorted by address, without overlaps.
    const Vector<Region>& regions() const { return set_.regions(); }
    u64 resident_pages() const { return resident_pages_; }  // private pages of RAM
    u64 peak_resident_pages() const { return peak_resident_pages_; }
    u64 peak_mapped_bytes() const { return set_.peak_bytes(); }

private:
    // Of an entry that is present.
    static u64 flags_for(const Protection& protection, bool writable);
    ErrnoOr<u64> choose_address(const MapRequest& request, u64 bytes) const;
    FaultResult fault_anonymous(const Region& region, u64 page);
    FaultResult fault_object(const Region& region, u64 page, Access access);
    FaultResult map_object_around(const Region& region, u64 page, PhysAddr frame);
    void map_present_around(const Region& region, u64 page, bool writable);
    u64 map_contiguous(const Region& region, u64 page, u64 end);
    Protection rights_of_piece(const Region& region, u64 start) const;
    // Maps the 2 MiB around an address of the region by one entry, if that can be and nothing is mapped there.
    bool map_large(const Region& region, u64 address);
    // Takes away the large pages that overlap a range.
    void drop_large(u64 start, u64 end);
    void populate_private(const Region& region, u64 stack_pointer);
    void populate_image(const Region& region, u64 from);
    void bring_in(const Region& region, u64 from);
    FaultResult write_to_base(const Region& region, u64 page, u64* entry);
    FaultResult copy_of_base(const Region& region, u64 page, u64* entry);
    u64* entry_of(const BaseCopy& copy) const;
    static void note_use(u64& entry);
    void make_read_only();
    void make_writable_in_place();
    bool copy_on_write(const Region& region, u64* entry, PhysAddr source);
    void copy_around(const Region& region, u64 page);
    bool map_zeroed(const Region& region, u64 page);
    void count_resident_page() {
        if (++resident_pages_ > peak_resident_pages_) peak_resident_pages_ = resident_pages_;
    }
    void drop_pages(u64 start, u64 end);
    void move_pages(u64 from, u64 to, u64 bytes);
    void apply_protection(u64 start, u64 end, Protection protection);

    RegionSet set_;
    u64 resident_pages_ = 0;
    u64 peak_resident_pages_ = 0;
    u64 brk_start_ = 0;
    u64 brk_end_ = 0;
    SharedName heap_name_;  // one, so that its regions join
    bool is_watching_writes_ = false;
    Vector<BaseCopy> base_copies_;
};

}  // namespace mayfly::guest
