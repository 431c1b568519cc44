// A function is loaded into a microVM that came from a base snapshot, and its own snapshot stores the pages that
// differ. Written in place they would be some four hundred pages in three hundred places, and a restore would need
// as many mappings. So what the base holds is made read-only and copied when it is written, one copy behind the
// other. Before the snapshot, what was written with what it held goes back to the base's frame, and the copies
// close ranks. Hot pages, which a rehearsal wrote, stay where they are: every event makes copies of them on the host
// anyway, and where a microVM waits that is warm these are there already, with what KVM knows of them.
#include <cstring>

#include "guest/arch/cpu.h"
#include "guest/mm/address_space.h"
#include "guest/mm/frames.h"
#include "guest/mm/page_table.h"

namespace mayfly::guest {
namespace {

bool same_content(PhysAddr a, PhysAddr b) { return std::memcmp(frame_bytes(a), frame_bytes(b), kPageSize) == 0; }

// Of a frame that the base does not hold nothing is left to store.
void free_zeroed(PhysAddr frame) {
    std::memset(frame_bytes(frame), 0, kPageSize);
    free_frame(frame);
}

void point_to(u64* entry, PhysAddr frame) { *entry = (*entry & ~pte::kAddress) | raw(frame); }

}  // namespace

void AddressSpace::keep_base() { make_read_only(); }

void AddressSpace::watch_writes() {
    is_watching_writes_ = true;
    make_read_only();
}

void AddressSpace::make_read_only() {
    for (const Region& region : set_.regions()) {
        for_each_entry(region.start, region.end, [](u64, u64& entry) {
            const bool is_cold = (entry & pte::kOwned) != 0 && (entry & pte::kHot) == 0;
            if (is_cold) entry = (entry & ~pte::kWrite) | pte::kOfBase;
        });
    }
    flush_all_pages();
}

FaultResult AddressSpace::write_to_base(const Region& region, u64 page, u64* entry) {
    if (!is_watching_writes_) return copy_of_base(region, page, entry);
    *entry = (*entry & ~pte::kOfBase) | pte::kPresent | pte::kWrite | pte::kHot;
    return FaultResult::handled;
}

// No flush: the fault made the CPU forget the old, read-only translation.
FaultResult AddressSpace::copy_of_base(const Region& region, u64 page, u64* entry) {
    const PhysAddr base = pte::address(*entry);
    auto frame = allocate_frame_uninitialized();
    if (!frame) return FaultResult::out_of_memory;
    std::memcpy(frame_bytes(*frame), frame_bytes(base), kPageSize);
    *entry = raw(*frame) | pte::kOwned | flags_for(region.protection, true);
    if (!base_copies_.push_back({page, base, *frame})) park_frame(base);  // then it stays a copy
    return FaultResult::handled;
}

// Null when the program has done away with the copy since.
u64* AddressSpace::entry_of(const BaseCopy& copy) const {
    u64* entry = page_entry(copy.page, false);
    const bool is_there = entry != nullptr && (*entry & pte::kOwned) != 0 && (*entry & pte::kOfBase) == 0;
    return is_there && pte::address(*entry) == copy.copy ? entry : nullptr;
}

void AddressSpace::settle_copies() {
    // Copies that differ, and frames that are free again, both in the order in which the frames were taken.
    Vector<BaseCopy> kept;
    Vector<PhysAddr> gaps;
    const bool has_room = kept.reserve(base_copies_.size()) && gaps.reserve(base_copies_.size());
    for (const BaseCopy& copy : base_copies_) {
        u64* entry = entry_of(copy);
        if (entry != nullptr && has_room && same_content(copy.copy, copy.base)) {
            point_to(entry, copy.base);
            (void)gaps.push_back(copy.copy);
            continue;
        }
        park_frame(copy.base);
        if (entry != nullptr && has_room) (void)kept.push_back(copy);
    }
    usize filled = 0;
    while (filled < gaps.size() && !kept.empty() && raw(gaps[filled]) < raw(kept.back().copy)) {
        const BaseCopy last = kept.back();
        kept.pop_back();
        std::memcpy(frame_bytes(gaps[filled]), frame_bytes(last.copy), kPageSize);
        point_to(entry_of(last), gaps[filled++]);
        free_zeroed(last.copy);
    }
    for (; filled < gaps.size(); ++filled) free_zeroed(gaps[filled]);
    base_copies_ = {};
    is_watching_writes_ = false;
    make_writable_in_place();
}

void AddressSpace::make_writable_in_place() {
    for (const Region& region : set_.regions()) {
        for_each_entry(region.start, region.end, [&](u64, u64& entry) {
            if ((entry & pte::kOfBase) == 0) return;
            entry &= ~pte::kOfBase;
            if (region.protection.write) entry |= pte::kWrite;
        });
    }
    flush_all_pages();
}

}  // namespace mayfly::guest
