// Which pages handlers use whatever they are. A microVM that waits for a function reads of each of them, so that the
// host has mapped them when the function comes (docs/design/0012-ready-microvms-are-warm.md).
#include "guest/arch/cpu.h"
#include "guest/mm/address_space.h"
#include "guest/mm/page_table.h"

namespace mayfly::guest {

// Out of the CPU's reach, as behind PROT_NONE: the first use of a page is a fault.
void AddressSpace::watch_use() {
    for (const Region& region : set_.regions()) {
        for_each_entry(region.start, region.end, [](u64, u64& entry) {
            if ((entry & pte::kPresent) != 0) entry = (entry & ~pte::kPresent) | pte::kWatched;
        });
    }
    flush_all_pages();
}

void AddressSpace::note_use(u64& entry) { entry = (entry & ~pte::kWatched) | pte::kPresent | pte::kUsed; }

void AddressSpace::stop_watching_use() {
    for (const Region& region : set_.regions()) {
        for_each_entry(region.start, region.end, [](u64, u64& entry) {
            if ((entry & pte::kWatched) != 0) entry = (entry & ~pte::kWatched) | pte::kPresent;
        });
    }
}

void AddressSpace::touch_used() const {
    for (const Region& region : set_.regions()) {
        for_each_entry(region.start, region.end, [](u64 address, u64& entry) {
            if ((entry & pte::kUsed) == 0 || (entry & pte::kPresent) == 0) return;
            static_cast<void>(*reinterpret_cast<const volatile u8*>(address));  // the program's own address
        });
    }
}

}  // namespace mayfly::guest
