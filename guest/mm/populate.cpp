// Brings in what a program will soon use, while nobody waits: before a snapshot is taken. A page that is
// there already neither faults nor changes a page table, and a run that changes none is reset several
// times faster (docs/design/0002-reset-by-copying-back.md).
#include <cstring>

#include "abi/layout.h"
#include "guest/mm/address_space.h"
#include "guest/mm/frames.h"
#include "guest/mm/page_table.h"

namespace mayfly::guest {
namespace {

constexpr u64 kLargestRegion = 4 << 20;       // of memory; larger ones are mostly never touched
constexpr u64 kLargestFileRegion = 64 << 20;  // costs entries of page tables only
constexpr u64 kStackBelow = 256 << 10;        // calls go deeper than the wait does

// Of the 2 MiB that hold page, or of the region.
u64 block_end(const Region& region, u64 page) {
    const u64 end = round_down(page, abi::kLargePageSize) + abi::kLargePageSize;
    return end < region.end ? end : region.end;
}

bool memory_is_plenty() { return free_frames() > total_frames() / 4; }

}  // namespace

// Of what a program is about to use, which begins at `from` and may have been joined with what lies before it. A
// failure is left to its faults.
void AddressSpace::bring_in(const Region& region, u64 from) {
    if (!region.protection.write)
        populate_image(region, from);
    else if (memory_is_plenty())
        handle_fault(from, Access::write);  // with as many around it as a fault copies
}

void AddressSpace::populate(u64 stack_pointer) {
    for (const Region& region : set_.regions()) {
        if (region.protection.none()) continue;
        if (region.protection.write && !region.shared)
            populate_private(region, stack_pointer);
        else if (region.object)
            populate_image(region, region.start);
    }
}

void AddressSpace::populate_private(const Region& region, u64 stack_pointer) {
    u64 start = region.start;
    if (stack_pointer >= region.start && stack_pointer < region.end) {
        const u64 below = round_down(stack_pointer, kPageSize) - kStackBelow;
        start = below > region.start ? below : region.start;
    } else if (region.bytes() > kLargestRegion) {
        if (region.end != round_up(brk_end_, kPageSize)) return;
        start = region.end - kLargestRegion;  // the heap is written at its end
    }
    for (u64 page = start; page < region.end && memory_is_plenty(); page += kPageSize) {
        const u64* entry = page_entry(page, false);
        if (entry != nullptr && (*entry & pte::kOwned) != 0) continue;
        if (handle_fault(page, Access::write) != FaultResult::handled) return;
    }
}

// Text and constants: what lies in an image needs entries of page tables and no memory.
void AddressSpace::populate_image(const Region& region, u64 from) {
    if (region.bytes() > kLargestFileRegion) return;
    for (u64 page = from; page < region.end && memory_is_plenty();) {
        if (is_large(page) || map_large(region, page)) {
            page = block_end(region, page);
            continue;
        }
        const u64 pages = map_contiguous(region, page, block_end(region, page));
        page += (pages == 0 ? 1 : pages) * kPageSize;
    }
}

}  // namespace mayfly::guest
