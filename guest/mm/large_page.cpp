// Large pages for what programs read of an image: 2 MiB by one entry and one fault, of KVM too where the host has the
// image in large pages. Only where a whole aligned 2 MiB of the address space is one piece of a file that nobody may
// write, whose pages lie aligned in the image; its parts may differ in whether they are executable, and then all can
// be executed. Whatever is to change in such a range takes the large page away first: what is behind it is the file.
#include "abi/layout.h"
#include "guest/arch/cpu.h"
#include "guest/mm/address_space.h"
#include "guest/mm/page_table.h"

namespace mayfly::guest {
namespace {

constexpr u64 kLargePages = abi::kLargePageSize / kPageSize;

u64 index_in(const Region& region, u64 address) { return (region.offset + address - region.start) / kPageSize; }

// Does `next`, which holds `address`, go on with the file where `region` has it?
bool is_of_same_piece(const Region& region, const Region& next, u64 address) {
    return next.object == region.object && index_in(next, address) == index_in(region, address);
}

}  // namespace

// The rights that the regions of [start, start + 2 MiB) give together; none where they are not one read-only piece.
Protection AddressSpace::rights_of_piece(const Region& region, u64 start) const {
    Protection all;
    for (u64 at = start; at < start + abi::kLargePageSize;) {
        const Region* part = set_.find(at);
        if (part == nullptr || part->protection.none() || part->protection.write) return {};
        if (!is_of_same_piece(region, *part, at)) return {};
        all.read = true;
        all.execute |= part->protection.execute;
        at = part->end;
    }
    return all;
}

bool AddressSpace::map_large(const Region& region, u64 address) {
    const u64 start = round_down(address, abi::kLargePageSize);
    const u64* there = large_entry(start, false);
    if (!region.object || (there != nullptr && *there != 0)) return false;
    if (start < region.start && region.offset < region.start - start) return false;  // the file begins later
    const u64 index = index_in(region, start);
    if (region.object->contiguous_pages(index, kLargePages) < kLargePages) return false;
    const auto first = region.object->page(index, false);
    if (!first || raw(*first) % abi::kLargePageSize != 0) return false;
    const Protection rights = rights_of_piece(region, start);
    if (rights.none()) return false;
    u64* entry = large_entry(start, true);
    if (entry == nullptr) return false;
    *entry = raw(*first) | pte::kLarge | flags_for(rights, false);
    return true;
}

void AddressSpace::drop_large(u64 start, u64 end) {
    bool is_stale = false;
    for (u64 at = round_down(start, abi::kLargePageSize); at < end; at += abi::kLargePageSize) {
        u64* entry = large_entry(at, false);
        if (entry == nullptr || (*entry & pte::kLarge) == 0) continue;
        *entry = 0;
        is_stale = true;
    }
    if (is_stale) flush_all_pages();
}

}  // namespace mayfly::guest
