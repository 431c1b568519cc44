// The regions (VMAs) of an address space: sorted, without overlaps. Knows nothing of page tables.
#pragma once

#include "guest/lib/ref.h"
#include "guest/lib/string.h"
#include "guest/lib/vector.h"
#include "guest/mm/memory_object.h"

namespace mayfly::guest {

struct Protection {
    bool read = false;
    bool write = false;
    bool execute = false;

    static Protection of(int prot);  // PROT_*
    bool none() const { return !read && !write && !execute; }
    friend bool operator==(Protection, Protection) = default;
};

// A name that copies of a region share.
class SharedName {
public:
    SharedName() = default;
    static ErrnoOr<SharedName> of(std::string_view text);
    std::string_view view() const { return holder_ ? holder_->text.view() : std::string_view{}; }
    bool empty() const { return view().empty(); }
    friend bool operator==(const SharedName&, const SharedName&) = default;

private:
    struct Holder : RefCounted {
        String text;
    };
    Ref<Holder> holder_;
};

// One mapping: [start, end), page-aligned. Without an object it is anonymous.
struct Region {
    u64 start = 0;
    u64 end = 0;
    Protection protection;
    bool shared = false;
    bool may_write = true;  // false: a shared mapping of a file that was opened read-only
    Ref<MemoryObject> object;
    u64 offset = 0;   // of start in the object, bytes
    SharedName path;  // for /proc/self/maps

    u64 bytes() const { return end - start; }
};

class RegionSet {
public:
    const Vector<Region>& regions() const { return regions_; }
    u64 bytes() const { return bytes_; }            // of all regions together
    u64 peak_bytes() const { return peak_bytes_; }  // the most there ever were
    const Region* find(u64 address) const;
    bool is_free(u64 start, u64 end) const;
    // The highest gap of `bytes` below `top` and not below `bottom`; 0 if there is none.
    u64 find_gap(u64 bytes, u64 bottom, u64 top) const;

    // Precondition: the range is free. Joins with neighbours that continue it.
    ErrnoOr<void> insert(Region region);
    // Room for a move: an insert() that may replace something, then a remove(), neither of which fails then.
    ErrnoOr<void> reserve_for_move() { return regions_.reserve(regions_.size() + 4); }
    // Removes [start, end) from whatever lies there. ENOMEM changes nothing.
    ErrnoOr<void> remove(u64 start, u64 end);
    // True when [start, end) is covered without a gap.
    bool covers(u64 start, u64 end) const;
    // Sets the protection of [start, end). Precondition: covers(start, end).
    ErrnoOr<void> protect(u64 start, u64 end, Protection protection);

private:
    usize first_ending_after(u64 address) const;
    ErrnoOr<void> split_at(u64 address);
    void join_around(usize first, usize last);
    static bool continues(const Region& left, const Region& right);

    Vector<Region> regions_;
    u64 bytes_ = 0;
    u64 peak_bytes_ = 0;
};

}  // namespace mayfly::guest
