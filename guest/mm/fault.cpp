// What a page fault brings in. A fault costs far more than filling a few entries more, so each one
// maps its neighbours as well ("fault-around"): untouched entries cost the host nothing.
#include <cstring>

#include "guest/arch/cpu.h"
#include "guest/mm/address_space.h"
#include "guest/mm/frames.h"
#include "guest/mm/page_table.h"

namespace mayfly::guest {
namespace {

constexpr u64 kAnonymousAround = 32;  // pages
constexpr u64 kMostAnonymousAround = 512;
constexpr u64 kObjectAround = 512;  // pages; read-only mappings of files: as far as one table goes
constexpr u64 kCopyAround = 64;     // pages; private copies of file pages
constexpr u64 kSmallFileRegion = 2 << 20;

bool allows(const Protection& protection, Access access) {
    switch (access) {
    case Access::read: return protection.read || protection.write || protection.execute;
    case Access::write: return protection.write;
    case Access::execute: return protection.execute;
    }
    return false;
}

bool page_is_mapped(u64 page) {
    const u64* entry = page_entry(page, false);
    return entry != nullptr && *entry != 0;
}

struct PageRange {
    u64 first, end;
};

// The aligned block of `pages` that holds `page`, as far as it belongs to the region.
PageRange block_around(const Region& region, u64 page, u64 pages) {
    const u64 start = round_down(page, pages * kPageSize);
    const u64 end = start + pages * kPageSize;
    return {start > region.start ? start : region.start, end < region.end ? end : region.end};
}

// Who has filled memory up to here will go on: as much again, at most.
u64 pages_to_expect(const Region& region, u64 first) {
    u64 pages = kAnonymousAround;
    while (pages < kMostAnonymousAround && first - region.start >= pages * kPageSize &&
           page_is_mapped(first - kPageSize) && page_is_mapped(first - pages * kPageSize))
        pages *= 2;
    return pages;
}

// A program writes to what is read of a small writable mapping, a program's .data, sooner or later: it is
// copied at once, which spares it a second fault.
bool will_be_written(const Region& region) { return region.protection.write && region.bytes() <= kSmallFileRegion; }

// May a fault take more than the page it needs? Not when memory runs short.
bool memory_is_plenty() { return free_frames() > total_frames() / 8; }

}  // namespace

u64 AddressSpace::flags_for(const Protection& protection, bool writable) {
    u64 flags = pte::kPresent | pte::kAlways;
    if (writable) flags |= pte::kWrite;
    if (!protection.execute) flags |= pte::kNoExecute;
    return flags;
}

FaultResult AddressSpace::handle_fault(u64 address, Access access) {
    const Region* region = set_.find(address);
    if (region == nullptr) return FaultResult::not_mapped;
    if (!allows(region->protection, access)) return FaultResult::not_allowed;

    const u64 page = round_down(address, kPageSize);
    if (is_large(address) || map_large(*region, address)) return FaultResult::handled;
    u64* entry = page_entry(page, true);
    if (entry == nullptr) return FaultResult::out_of_memory;
    if ((*entry & pte::kWatched) != 0) {
        note_use(*entry);
        return FaultResult::handled;
    }
    if ((*entry & pte::kOwned) != 0) {  // there, but without the right: behind PROT_NONE, or a stale translation
        const u64 of_base = *entry & pte::kOfBase;
        if (of_base != 0 && access == Access::write) return write_to_base(*region, page, entry);
        *entry = raw(pte::address(*entry)) | pte::kOwned | of_base |
                 flags_for(region->protection, region->protection.write && of_base == 0);
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
    count_resident_page();
    return true;
}

FaultResult AddressSpace::fault_anonymous(const Region& region, u64 page) {
    if (!map_zeroed(region, page)) return FaultResult::out_of_memory;
    if (!memory_is_plenty()) return FaultResult::handled;
    const u64 first = block_around(region, page, kAnonymousAround).first;
    const u64 end = first + pages_to_expect(region, first) * kPageSize;
    for (u64 at = first; at < end && at < region.end; at += kPageSize)
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
    if (!region.shared && (access == Access::write || will_be_written(region))) {
        if (!copy_on_write(region, entry, *frame)) return FaultResult::out_of_memory;
        copy_around(region, page);
        return FaultResult::handled;
    }
    if (shared_write) {
        *entry = raw(*frame) | flags_for(region.protection, true);
        map_present_around(region, page, true);
        return FaultResult::handled;
    }
    return map_object_around(region, page, *frame);
}

// No flush: the fault made the CPU forget the old, read-only translation. A neighbour's may live on until
// the first write, and shows the file until then: the same bytes, or newer ones, which mmap(2) leaves open.
bool AddressSpace::copy_on_write(const Region& region, u64* entry, PhysAddr source) {
    auto frame = allocate_frame_uninitialized();
    if (!frame) return false;
    std::memcpy(frame_bytes(*frame), frame_bytes(source), kPageSize);
    *entry = raw(*frame) | pte::kOwned | flags_for(region.protection, region.protection.write);
    count_resident_page();
    return true;
}

bool AddressSpace::write_text(u64 address, std::span<const u8> code) {
    const Region* region = set_.find(address);
    const u64 page = round_down(address, kPageSize);
    drop_large(page, page + kPageSize);
    u64* entry = page_entry(page, true);
    if (region == nullptr || entry == nullptr) return false;
    if ((*entry & pte::kOwned) == 0 && region->object) {
        const auto source = region->object->page((region->offset + (page - region->start)) / kPageSize, false);
        if (!source || !copy_on_write(*region, entry, *source)) return false;
        flush_page(page);
    } else if (!map_zeroed(*region, page)) {
        return false;
    }
    std::memcpy(frame_bytes(pte::address(*entry)) + address % kPageSize, code.data(), code.size());
    return true;
}

// What a program writes of a file (.data, relocations) it mostly writes page after page.
void AddressSpace::copy_around(const Region& region, u64 page) {
    if (!memory_is_plenty()) return;
    const auto [first, end] = block_around(region, page, kCopyAround);
    for (u64 at = first; at < end; at += kPageSize) {
        u64* entry = page_entry(at, true);
        if (entry == nullptr) return;
        if ((*entry & pte::kOwned) != 0) continue;
        auto source = region.object->page((region.offset + (at - region.start)) / kPageSize, false);
        if (!source || !copy_on_write(region, entry, *source)) return;
    }
}

// Maps the faulting page read-only, and its neighbours as far as they are there.
FaultResult AddressSpace::map_object_around(const Region& region, u64 page, PhysAddr frame) {
    *page_entry(page, true) = raw(frame) | flags_for(region.protection, false);
    const auto [first, end] = block_around(region, page, kObjectAround);
    if (map_contiguous(region, first, end) == 0) map_present_around(region, page, false);
    return FaultResult::handled;
}

// Maps, read-only, the pages from `page` that lie beside each other in memory; how many that are.
u64 AddressSpace::map_contiguous(const Region& region, u64 page, u64 end) {
    const u64 index = (region.offset + (page - region.start)) / kPageSize;
    const u64 pages = region.object->contiguous_pages(index, (end - page) / kPageSize);
    if (pages == 0) return 0;
    const auto first = region.object->page(index, false);
    if (!first) return 0;
    const u64 flags = flags_for(region.protection, false);
    for (u64 i = 0; i < pages; ++i) {
        u64* entry = page_entry(page + i * kPageSize, true);
        if (entry == nullptr) break;
        if (*entry == 0) *entry = (raw(*first) + i * kPageSize) | flags;
    }
    return pages;
}

// The neighbours of a page of a file in memory, as far as they are there.
void AddressSpace::map_present_around(const Region& region, u64 page, bool writable) {
    const u64 flags = flags_for(region.protection, writable);
    const auto [first, end] = block_around(region, page, kAnonymousAround);
    for (u64 at = first; at < end; at += kPageSize) {
        u64* entry = page_entry(at, true);
        if (entry == nullptr) return;
        if (*entry != 0) continue;
        const auto frame = region.object->present((region.offset + (at - region.start)) / kPageSize);
        if (frame) *entry = raw(*frame) | flags;
    }
}

}  // namespace mayfly::guest
