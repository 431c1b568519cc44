#include "guest/mm/region_set.h"

#include <linux/mman.h>

namespace mayfly::guest {

Protection Protection::of(int prot) {
    return {(prot & PROT_READ) != 0, (prot & PROT_WRITE) != 0, (prot & PROT_EXEC) != 0};
}

ErrnoOr<SharedName> SharedName::of(std::string_view text) {
    SharedName name;
    if (text.empty()) return name;
    auto holder = MF_TRY(make_ref<Holder>());
    MF_TRY(holder->text.append(text));
    name.holder_ = std::move(holder);
    return name;
}

usize RegionSet::first_ending_after(u64 address) const {
    usize low = 0;
    usize high = regions_.size();
    while (low < high) {
        const usize middle = (low + high) / 2;
        if (regions_[middle].end <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const Region* RegionSet::find(u64 address) const {
    const usize index = first_ending_after(address);
    if (index == regions_.size() || regions_[index].start > address) return nullptr;
    return &regions_[index];
}

bool RegionSet::is_free(u64 start, u64 end) const {
    const usize index = first_ending_after(start);
    return index == regions_.size() || regions_[index].start >= end;
}

u64 RegionSet::find_gap(u64 bytes, u64 bottom, u64 top) const {
    u64 ceiling = top;
    for (usize i = regions_.size(); i > 0; --i) {
        const Region& region = regions_[i - 1];
        if (region.start >= ceiling) continue;
        const u64 floor = region.end > bottom ? region.end : bottom;
        if (ceiling >= floor && ceiling - floor >= bytes) return ceiling - bytes;
        ceiling = region.start;
        if (ceiling <= bottom) return 0;
    }
    return ceiling >= bottom && ceiling - bottom >= bytes ? ceiling - bytes : 0;
}

bool RegionSet::continues(const Region& left, const Region& right) {
    return left.end == right.start && left.protection == right.protection && left.shared == right.shared &&
           left.may_write == right.may_write && left.object == right.object && left.path == right.path &&
           (!left.object || left.offset + left.bytes() == right.offset);
}

// Joins the regions with indices [first, last] and their neighbours where one continues the other.
void RegionSet::join_around(usize first, usize last) {
    usize index = first == 0 ? 0 : first - 1;
    while (index + 1 < regions_.size() && index <= last) {
        if (!continues(regions_[index], regions_[index + 1])) {
            ++index;
            continue;
        }
        regions_[index].end = regions_[index + 1].end;
        regions_.erase(index + 1);
        if (last > 0) --last;
    }
}

ErrnoOr<void> RegionSet::insert(Region region) {
    const usize index = first_ending_after(region.start);
    const u64 bytes = region.bytes();
    MF_TRY(regions_.insert(index, std::move(region)));
    join_around(index, index);
    bytes_ += bytes;
    if (bytes_ > peak_bytes_) peak_bytes_ = bytes_;
    return {};
}

ErrnoOr<void> RegionSet::split_at(u64 address) {
    const usize index = first_ending_after(address);
    if (index == regions_.size() || regions_[index].start >= address) return {};
    Region tail = regions_[index];
    tail.start = address;
    if (tail.object) tail.offset += address - regions_[index].start;
    MF_TRY(regions_.insert(index + 1, std::move(tail)));
    regions_[index].end = address;
    return {};
}

ErrnoOr<void> RegionSet::remove(u64 start, u64 end) {
    MF_TRY(regions_.reserve(regions_.size() + 2));
    MF_TRY(split_at(start));
    MF_TRY(split_at(end));
    const usize index = first_ending_after(start);
    usize count = 0;
    for (; index + count < regions_.size() && regions_[index + count].start < end; ++count)
        bytes_ -= regions_[index + count].bytes();
    regions_.erase(index, count);
    return {};
}

bool RegionSet::covers(u64 start, u64 end) const {
    for (usize i = first_ending_after(start); start < end; ++i) {
        if (i == regions_.size() || regions_[i].start > start) return false;
        start = regions_[i].end;
    }
    return true;
}

ErrnoOr<void> RegionSet::protect(u64 start, u64 end, Protection protection) {
    MF_TRY(regions_.reserve(regions_.size() + 2));
    MF_TRY(split_at(start));
    MF_TRY(split_at(end));
    const usize first = first_ending_after(start);
    usize last = first;
    for (; last < regions_.size() && regions_[last].start < end; ++last) regions_[last].protection = protection;
    join_around(first, last);
    return {};
}

}  // namespace mayfly::guest
