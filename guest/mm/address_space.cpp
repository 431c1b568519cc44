// Regions come and go: map, unmap, protect, remap, brk. What happens on a fault: mm/fault.cpp.
#include "guest/mm/address_space.h"

#include "abi/layout.h"
#include "guest/boot/end_program.h"
#include "guest/mm/frames.h"
#include "guest/mm/page_table.h"
#include "guest/mm/tlb.h"

namespace mayfly::guest {
namespace {

constexpr u64 kLowest = 0x1'0000;          // vm.mmap_min_addr; page 0 must fault
constexpr u64 kMapTop = 0x7fff'fe00'0000;  // below the stack (exec/stack)
constexpr u64 kAboveMapTop = 1 << 20;      // room for what the kernel itself maps

// What can't ever be backed is refused at once, as by Linux's overcommit heuristic. A microVM's RAM is small,
// though, and libraries map work buffers of which they touch little: OpenBLAS 128 MiB, for as many threads as
// it might have. So there is a floor.
constexpr u64 kNeverTooMuch = 1ull << 30;

bool is_accounted(const Region& region) { return region.protection.write && !region.shared; }

// Smaller files are not put where large pages can map them.
constexpr u64 kLargeFile = 2 * abi::kLargePageSize;

bool is_large_file(MemoryObject& object) {
    return object.contiguous_pages(0, kLargeFile / kPageSize) == kLargeFile / kPageSize;
}

// A part of a library that is put to its place in it. It will be used, and entries of page tables cost less than a
// fault. Only of an image: what can be written may be written before it is used.
bool is_part_of_library(const MapRequest& request) {
    const Region& region = request.region;
    return request.is_new && request.fixed && region.object && region.object->contiguous_pages(0, 1) != 0 &&
           !region.shared && !region.protection.none() && !is_large_file(*region.object);
}

bool is_too_much(u64 bytes) {
    const u64 ram = total_frames() * kPageSize;
    return bytes > (ram > kNeverTooMuch ? ram : kNeverTooMuch);
}

ErrnoOr<u64> checked_end(u64 address, u64 bytes) {
    if (address % kPageSize != 0) return fail(EINVAL);
    if (bytes > kUserEnd || address > kUserEnd) return fail(EINVAL);
    const u64 end = address + round_up(bytes, kPageSize);
    if (end > kUserEnd) return fail(EINVAL);
    return end;
}

// The end of a range that is to be mapped already: beyond user space nothing is.
ErrnoOr<u64> checked_end_of_mapped(u64 address, u64 bytes) {
    if (address % kPageSize != 0) return fail(EINVAL);
    const auto end = checked_end(address, bytes);
    if (!end) return fail(ENOMEM);
    return end;
}

constexpr u64 kNowhere = ~0ull;

// How far behind a large page's beginning the region's file lies in memory, where it lies there in one piece. Mapped as
// far behind one, it can be mapped by large pages.
u64 bytes_from_large_page(const Region& region) {
    if (!region.object || region.object->contiguous_pages(region.offset / kPageSize, 2) < 2) return kNowhere;
    const auto first = region.object->page(region.offset / kPageSize, false);
    return first ? raw(*first) % abi::kLargePageSize : kNowhere;
}

}  // namespace

ErrnoOr<u64> AddressSpace::choose_address(const MapRequest& request, u64 bytes) const {
    if (request.fixed) {
        if (request.address % kPageSize == 0 && request.address > kUserEnd - bytes) return fail(ENOMEM);
        const u64 end = MF_TRY(checked_end(request.address, bytes));
        if (request.address < kLowest) return fail(EPERM);
        if (request.no_replace && !set_.is_free(request.address, end)) return fail(EEXIST);
        return request.address;
    }
    const u64 hint = round_down(request.address, kPageSize);
    if (hint >= kLowest && hint <= kUserEnd - bytes && set_.is_free(hint, hint + bytes)) return hint;
    const bool is_large = bytes >= kLargeFile;
    if (const u64 apart = is_large ? bytes_from_large_page(request.region) : kNowhere; apart != kNowhere) {
        const u64 gap = set_.find_gap(bytes + abi::kLargePageSize, kLowest, kMapTop);
        if (gap != 0) return round_down(gap + abi::kLargePageSize - apart, abi::kLargePageSize) + apart;
    }
    const u64 gap = set_.find_gap(bytes, kLowest, kMapTop);
    if (gap == 0) return fail(ENOMEM);
    return gap;
}

ErrnoOr<u64> AddressSpace::map(MapRequest request) {
    if (request.bytes == 0) return fail(EINVAL);
    if (request.bytes > kUserEnd) return fail(ENOMEM);
    const u64 bytes = round_up(request.bytes, kPageSize);
    if (!request.no_reserve && is_accounted(request.region) && is_too_much(bytes)) return fail(ENOMEM);

    const u64 start = MF_TRY(choose_address(request, bytes));
    if (request.fixed) MF_TRY(unmap(start, bytes));
    request.region.start = start;
    request.region.end = start + bytes;
    const bool is_wanted = is_part_of_library(request);
    MF_TRY(set_.insert(std::move(request.region)));
    if (is_wanted) bring_in(*set_.find(start), start);
    return start;
}

// Libraries lie below kMapTop, and nothing is put above it; below a program's own text nothing grows.
ErrnoOr<u64> AddressSpace::map_near(u64 address, MapRequest request) {
    constexpr u64 kNear = 1ull << 30;
    const u64 top = address < kMapTop && kMapTop - address < kNear ? kMapTop + kAboveMapTop : address;
    request.fixed = request.no_replace = true;
    request.address = set_.find_gap(round_up(request.bytes, kPageSize), kLowest, top);
    return map(std::move(request));
}

ErrnoOr<void> AddressSpace::unmap(u64 address, u64 bytes) {
    const u64 end = MF_TRY(checked_end(address, bytes));
    if (end == address) return fail(EINVAL);
    if (set_.is_free(address, end)) return {};
    MF_TRY(set_.remove(address, end));
    drop_pages(address, end);
    return {};
}

void AddressSpace::drop_pages(u64 start, u64 end) {
    drop_large(start, end);
    TlbBatch stale;
    for_each_entry(start, end, [&](u64 address, u64& entry) {
        if (entry == 0) return;
        if ((entry & pte::kPresent) != 0) stale.add(address);
        if ((entry & pte::kOwned) != 0) {
            free_frame(pte::address(entry));
            --resident_pages_;
        }
        entry = 0;
    });
}

ErrnoOr<void> AddressSpace::protect(u64 address, u64 bytes, Protection protection) {
    const u64 end = MF_TRY(checked_end_of_mapped(address, bytes));
    if (end == address) return {};
    if (!set_.covers(address, end)) return fail(ENOMEM);
    if (protection.write) {
        for (const Region& region : set_.regions())
            if (region.start < end && region.end > address && region.shared && !region.may_write) return fail(EACCES);
    }
    MF_TRY(set_.protect(address, end, protection));
    apply_protection(address, end, protection);
    return {};
}

// Pages that gain a right are left to a fault, except owned ones that become writable: those would
// fault for nothing. Pages that lose one must be flushed.
void AddressSpace::apply_protection(u64 start, u64 end, Protection protection) {
    drop_large(start, end);
    TlbBatch stale;
    for_each_entry(start, end, [&](u64 address, u64& entry) {
        if (entry == 0) return;
        const u64 before = entry;
        const bool owned = (entry & pte::kOwned) != 0;
        entry &= ~pte::kWatched;  // or it would be present again when the watch ends
        if (protection.none()) {
            entry = owned ? entry & ~pte::kPresent : 0;
        } else {
            entry |= pte::kPresent;
            entry = protection.execute ? entry & ~pte::kNoExecute : entry | pte::kNoExecute;
            if (!protection.write)
                entry &= ~pte::kWrite;
            else if (owned && (entry & pte::kOfBase) == 0)
                entry |= pte::kWrite;
        }
        const bool lost_write = (before & pte::kWrite) != 0 && (entry & pte::kWrite) == 0;
        const bool lost_execute = (before & pte::kNoExecute) == 0 && (entry & pte::kNoExecute) != 0;
        const bool lost = lost_write || lost_execute || (entry & pte::kPresent) == 0;
        if ((before & pte::kPresent) != 0 && lost) stale.add(address);
    });
}

ErrnoOr<void> AddressSpace::discard(u64 address, u64 bytes) {
    const u64 end = MF_TRY(checked_end_of_mapped(address, bytes));
    if (!set_.covers(address, end)) return fail(ENOMEM);
    for (const Region& region : set_.regions()) {
        // Shared memory without a file is nowhere but in its pages.
        if (region.shared && !region.object) continue;
        const u64 first = region.start > address ? region.start : address;
        const u64 last = region.end < end ? region.end : end;
        if (first < last) drop_pages(first, last);
    }
    return {};
}

ErrnoOr<void> AddressSpace::remove_shared(u64 address, u64 bytes) {
    const u64 end = MF_TRY(checked_end_of_mapped(address, bytes));
    if (!set_.covers(address, end)) return fail(ENOMEM);
    for (const Region& region : set_.regions()) {
        const u64 first = region.start > address ? region.start : address;
        const u64 last = region.end < end ? region.end : end;
        if (first >= last) continue;
        if (!region.shared && !region.object) return fail(EINVAL);
        if (!region.shared || !region.protection.write) return fail(EACCES);
        if (region.object)
            MF_TRY(region.object->punch_hole(region.offset + (first - region.start), last - first));
        else
            drop_pages(first, last);
    }
    return {};
}

bool AddressSpace::covers(u64 address, u64 bytes) const {
    const u64 start = round_down(address, kPageSize);
    const auto end = checked_end(start, bytes);
    return end && set_.covers(start, *end);
}

ErrnoOr<u64> AddressSpace::remap_to(u64 address, u64 old_bytes, u64 new_bytes, u64 target) {
    const u64 old_end = MF_TRY(checked_end(address, old_bytes));
    const u64 target_end = MF_TRY(checked_end(target, new_bytes));
    if (new_bytes == 0 || old_bytes == 0) return fail(EINVAL);
    if (target < old_end && address < target_end) return fail(EINVAL);
    const Region* found = set_.find(address);
    if (found == nullptr || found->end < old_end) return fail(EFAULT);
    const u64 kept = old_end - address < target_end - target ? old_end - address : target_end - target;
    if (is_accounted(*found) && is_too_much(target_end - target - kept)) return fail(ENOMEM);

    MapRequest request;
    request.address = target;
    request.bytes = new_bytes;
    request.fixed = true;
    request.no_reserve = true;
    request.region = *found;
    request.region.offset += found->object ? address - found->start : 0;
    MF_TRY(set_.reserve_for_move());
    MF_TRY(map(std::move(request)));
    move_pages(address, target, kept);
    MF_TRY(unmap(address, old_end - address));
    return target;
}

ErrnoOr<u64> AddressSpace::remap(u64 address, u64 old_bytes, u64 new_bytes, bool may_move) {
    const u64 old_end = MF_TRY(checked_end(address, old_bytes));
    if (new_bytes == 0 || old_bytes == 0 || new_bytes > kUserEnd) return fail(EINVAL);
    const u64 new_end = address + round_up(new_bytes, kPageSize);
    const Region* found = set_.find(address);
    if (found == nullptr || found->end < old_end) return fail(EFAULT);

    if (new_end <= old_end) {
        if (new_end < old_end) MF_TRY(unmap(new_end, old_end - new_end));
        return address;
    }
    if (is_accounted(*found) && is_too_much(new_end - old_end)) return fail(ENOMEM);
    Region grown = *found;
    grown.offset += grown.object ? address - grown.start : 0;
    if (found->end == old_end && new_end <= kMapTop && set_.is_free(old_end, new_end)) {
        grown.offset += grown.object ? old_end - address : 0;
        grown.start = old_end;
        grown.end = new_end;
        MF_TRY(set_.insert(std::move(grown)));
        return address;
    }
    if (!may_move) return fail(ENOMEM);
    MapRequest request;
    request.bytes = new_bytes;
    request.no_reserve = true;
    request.region = std::move(grown);
    MF_TRY(set_.reserve_for_move());
    const u64 target = MF_TRY(map(std::move(request)));
    move_pages(address, target, old_end - address);
    MF_TRY(unmap(address, old_end - address));
    return target;
}

void AddressSpace::move_pages(u64 from, u64 to, u64 bytes) {
    drop_large(from, from + bytes);
    TlbBatch stale;
    for_each_entry(from, from + bytes, [&](u64 address, u64& entry) {
        if (entry == 0) return;
        u64* target = page_entry(to + (address - from), true);
        if (target == nullptr) end_out_of_memory();  // half of the pages have moved already
        if ((entry & pte::kPresent) != 0) stale.add(address);
        *target = entry;
        entry = 0;
    });
}

u64 AddressSpace::set_brk(u64 end) {
    if (end < brk_start_ || end > kUserEnd) return brk_end_;
    const u64 old_top = round_up(brk_end_, kPageSize);
    const u64 new_top = round_up(end, kPageSize);
    if (new_top > old_top) {
        if (heap_name_.empty()) {
            auto name = SharedName::of("[heap]");
            if (!name) return brk_end_;
            heap_name_ = std::move(*name);
        }
        MapRequest request;
        request.address = old_top;
        request.bytes = new_top - old_top;
        request.fixed = request.no_replace = true;
        request.region.protection = {.read = true, .write = true};
        request.region.path = heap_name_;
        if (!map(std::move(request))) return brk_end_;
    } else if (new_top < old_top && !unmap(new_top, old_top - new_top)) {
        return brk_end_;
    }
    brk_end_ = end;
    return brk_end_;
}

void AddressSpace::unmap_object(const MemoryObject& object, u64 first_page) {
    for (const Region& region : set_.regions()) {
        if (region.object.get() != &object) continue;
        const u64 first = region.offset / kPageSize;
        const u64 skipped = first_page > first ? (first_page - first) * kPageSize : 0;
        if (skipped < region.bytes()) drop_pages(region.start + skipped, region.end);
    }
}

}  // namespace mayfly::guest
