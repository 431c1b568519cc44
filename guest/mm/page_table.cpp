#include "guest/mm/page_table.h"

#include <cstring>

#include "abi/layout.h"
#include "guest/mm/frames.h"

namespace mayfly::guest {
namespace {

constexpr u64 kRootPhysical = 0x1000;  // the VMM's boot page tables (vmm/kernel_loader)

u64* table_at(PhysAddr address) { return reinterpret_cast<u64*>(frame_bytes(address)); }

int index_at(u64 address, int level) { return static_cast<int>((address >> (12 + 9 * level)) & 511); }

// KVM may hold translations of a frame that served as a table before a reset; it hears of a guest's writes,
// not of the host's. So not even a frame that is known to be zero becomes a table without being written.
ErrnoOr<PhysAddr> allocate_table() {
    const PhysAddr frame = MF_TRY(allocate_table_frame());
    std::memset(frame_bytes(frame), 0, kPageSize);
    return frame;
}

// The table of `level` for address, with `create` also those above it that are missing. Null where there is
// none; then *above is the level of the entry that leads nowhere.
u64* walk(u64 address, int level, bool create, int* above) {
    u64* table = table_at(PhysAddr{kRootPhysical});
    for (*above = 3; *above > level; --*above) {
        u64& entry = table[index_at(address, *above)];
        if ((entry & pte::kPresent) == 0) {
            if (!create) return nullptr;
            auto frame = allocate_table();
            if (!frame) return nullptr;
            entry = raw(*frame) | pte::kPresent | pte::kWrite | pte::kAlways;
        } else if ((entry & pte::kLarge) != 0) {
            return nullptr;
        }
        table = table_at(pte::address(entry));
    }
    return table;
}

u64* entry_at(u64 address, int level, bool create) {
    int above = 0;
    u64* table = walk(address, level, create, &above);
    return table == nullptr ? nullptr : &table[index_at(address, level)];
}

}  // namespace

u64* page_entry(u64 address, bool create) { return entry_at(address, 0, create); }

u64* large_entry(u64 address, bool create) { return entry_at(address, 1, create); }

u64* detail::find_table(u64 address, int* missing_level) { return walk(address, 0, false, missing_level); }

bool map_direct(u64 start, u64 end) {
    for (u64 at = round_down(start, abi::kLargePageSize); at < end; at += abi::kLargePageSize) {
        u64* entry = entry_at(abi::kDirectMapBase + at, 1, true);
        if (entry == nullptr) return false;
        if ((*entry & pte::kPresent) == 0) *entry = at | pte::kPresent | pte::kWrite | pte::kLarge | pte::kAlways;
    }
    return true;
}

}  // namespace mayfly::guest
