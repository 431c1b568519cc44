// The four-level page tables (SDM 3A, 4.5). One set: the kernel lives in the upper half of the
// program's. Entries are always created accessed and dirty, so that neither CPU nor KVM writes to them.
#pragma once

#include "guest/mm/memory_object.h"

namespace mayfly::guest {

namespace pte {
inline constexpr u64 kPresent = 1 << 0;
inline constexpr u64 kWrite = 1 << 1;
inline constexpr u64 kUser = 1 << 2;
inline constexpr u64 kAccessed = 1 << 5;
inline constexpr u64 kDirty = 1 << 6;
inline constexpr u64 kLarge = 1 << 7;
// Ours (bits 9-11 are free for software): the frame belongs to this mapping and is freed with it. An
// entry that is not present but owned keeps its frame behind PROT_NONE.
inline constexpr u64 kOwned = 1 << 9;
// The frame belongs to the base snapshot too: it keeps what it holds, and a write goes to a copy of it.
inline constexpr u64 kOfBase = 1 << 10;
// Events write to the page: it is written in place even so.
inline constexpr u64 kHot = 1 << 11;
// Bits 52-58 are free too. Not present until it is used: then that is noted.
inline constexpr u64 kWatched = 1ull << 52;
inline constexpr u64 kUsed = 1ull << 53;
inline constexpr u64 kNoExecute = 1ull << 63;
inline constexpr u64 kAddress = 0x000f'ffff'ffff'f000;
inline constexpr u64 kAlways = kUser | kAccessed | kDirty;

constexpr PhysAddr address(u64 entry) { return PhysAddr{entry & kAddress}; }
}  // namespace pte

// The entry of a 4 KiB page; null when there is no table for it (or, with create, no memory for one).
u64* page_entry(u64 address, bool create);
// The entry that leads to the table of a 4 KiB page's entry, or is a large page itself; null as above.
u64* large_entry(u64 address, bool create);
inline bool is_large(u64 address) {
    const u64* entry = large_entry(address, false);
    return entry != nullptr && (*entry & pte::kLarge) != 0;
}
// The entries of [start, end) that have a table, in order: f(address, entry).
template <class F>
void for_each_entry(u64 start, u64 end, F f);

// Maps guest-physical [start, end) into the kernel's direct map with 2 MiB pages; what is mapped
// already stays. False without memory for a table.
bool map_direct(u64 start, u64 end);

namespace detail {
// The leaf table that covers address, or null: then *missing_level is the level (1 to 3) of the entry that
// leads to none.
u64* find_table(u64 address, int* missing_level);
}  // namespace detail

template <class F>
void for_each_entry(u64 start, u64 end, F f) {
    constexpr u64 kTableBytes = 512 * kPageSize;
    for (u64 at = start; at < end;) {
        int missing_level = 0;
        u64* table = detail::find_table(at, &missing_level);
        if (table == nullptr) {  // skip all that the missing table would have covered
            const u64 covered = kTableBytes << (9 * (missing_level - 1));
            at = round_down(at, covered) + covered;
            if (at == 0) return;
            continue;
        }
        const u64 last = round_down(at, kTableBytes) + kTableBytes;
        for (; at < end && at < last; at += kPageSize) f(at, table[(at / kPageSize) & 511]);
    }
}

}  // namespace mayfly::guest
