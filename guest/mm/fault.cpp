// What a page fault brings in. A fault costs far more than filling a few entries more, so each one
// maps its neighbours as well ("fault-around"): untouched entries cost the host nothing.
#include <cstring>

#include "guest/mm/address_space.h"
#include "guest/mm/frames.h"
#include "guest/mm/page_table.h"

namespace mayfly::guest {
namespace {

constexpr u64 kAnonymousAround = 16;  // pages; a 64 KiB block
constexpr u64 kObjectAround = 32;     // pages; read-only mappings of files

u64 flags_for(const Protection& protection, bool writable) {
    u64 flags = pte::kPresent | pte::kAlways;
    if (writable) flags |= pte::kWrite;
    if (!protection.execute) flags |= pte::kNoExecute;
    return flags;
}

bool allows(const Protection& protection, Access access) {
    switch (access) {
    case Access::read: return protection.read || protection.write || protection.execute;
    case Access::write: return protection.write;
    case Access::execute: return protection.execute;
    }
    return false;
}

// May a fault take more than the page it needs? Not when memory runs short.
bool memory_is_plenty() { return free_frames() > total_frames() / 8; }

}  // namespace

FaultResult AddressSpace::handle_fault(u64 address, Access access) {
    const Region* region = set_.find(address);
    if (region == nullptr) return FaultResult::not_mapped;
    if (!allows(region->protection, access)) return FaultResult::not_allowed;

    const u64 page = round_down(address, kPageSize);
    u64* entry = page_entry(page, true);
    if (entry == nullptr) return FaultResult::out_of_memory;
    if ((*entry & pte::kOwned) != 0) {  // there, but without the right: behind PROT_NONE, or a stale translation
        *entry = raw(pte::address(*entry)) | pte::kOwned | flags_for(region->protection, region->protection.write);
        return FaultResult::handled;
    }
    if (!region->object) return fault_anonymous(*region, page);
    return fault_object(*region, page, access);
}

bool AddressSpace::map_zeroed(const Region& region, u64 page) {
    u64* entry = page_entry(page, true);
    if (entry == nullptr) return false;
    if (*entry != 0) return true;
    auto frame = allocate_frame();
    if (!frame) return false;
    *entry = raw(*frame) | pte::kOwned | flags_for(region.protection, region.protection.write);
    ++resident_pages_;
    return true;
}

FaultResult AddressSpace::fault_anonymous(const Region& region, u64 page) {
    if (!map_zeroed(region, page)) return FaultResult::out_of_memory;
    if (!memory_is_plenty()) return FaultResult::handled;
    const u64 block = round_down(page, kAnonymousAround * kPageSize);
    const u64 first = block > region.start ? block : region.start;
    const u64 last = block + kAnonymousAround * kPageSize < region.end ? block + kAnonymousAround * kPageSize : region.end;
    for (u64 at = first; at < last; at += kPageSize)
        if (!map_zeroed(region, at)) break;
    return FaultResult::handled;
}

FaultResult AddressSpace::fault_object(const Region& region, u64 page, Access access) {
    const u64 index = (region.offset + (page - region.start)) / kPageSize;
    const bool shared_write = region.shared && access == Access::write;
    auto frame = region.object->page(index, shared_write);
    if (!frame) return frame.error().value == ENOMEM ? FaultResult::out_of_memory : FaultResult::beyond_object;

    u64* entry = page_entry(page, true);  // page() may have allocated, so look again
    if (entry == nullptr) return FaultResult::out_of_memory;
    if (access == Access::write && !region.shared) return copy_on_write(region, entry, *frame);
    if (shared_write) {
        *entry = raw(*frame) | flags_for(region.protection, true);
        return FaultResult::handled;
    }
    return map_object_around(region, page, *frame);
}

FaultResult AddressSpace::copy_on_write(const Region& region, u64* entry, PhysAddr source) {
    auto frame = allocate_frame_uninitialized();
    if (!frame) return FaultResult::out_of_memory;
    std::memcpy(frame_bytes(*frame), frame_bytes(source), kPageSize);
    // No flush: the fault itself made the CPU forget the old, read-only translation.
    *entry = raw(*frame) | pte::kOwned | flags_for(region.protection, true);
    ++resident_pages_;
    return FaultResult::handled;
}

// Maps the faulting page read-only, and its neighbours as far as they lie beside it in memory.
FaultResult AddressSpace::map_object_around(const Region& region, u64 page, PhysAddr frame) {
    const u64 flags = flags_for(region.protection, false);
    *page_entry(page, true) = raw(frame) | flags;

    const u64 around = kObjectAround * kPageSize;
    const u64 block = round_down(page, around);
    const u64 first = block > region.start ? block : region.start;
    const u64 end = block + around < region.end ? block + around : region.end;
    const u64 first_index = (region.offset + (first - region.start)) / kPageSize;
    const u64 contiguous = region.object->contiguous_pages(first_index, (end - first) / kPageSize);
    const u64 last = first + contiguous * kPageSize;
    if (page < first || page >= last) return FaultResult::handled;
    const u64 base = raw(frame) - (page - first);
    for (u64 at = first; at < last; at += kPageSize) {
        u64* entry = page_entry(at, true);
        if (entry == nullptr) break;
        if (*entry == 0) *entry = (base + (at - first)) | flags;
    }
    return FaultResult::handled;
}

}  // namespace mayfly::guest
