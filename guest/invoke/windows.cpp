#include "guest/invoke/windows.h"

#include "guest/arch/control.h"
#include "guest/mm/page_table.h"

namespace mayfly::guest {

void map_new_windows() {
    static constinit u32 mapped = 0;
    for (; mapped < control().window_count && mapped < abi::kMaxWindows; ++mapped) {
        const u64 base = abi::window_base(mapped);
        if (!map_direct(base, base + control().windows[mapped].bytes)) return;
    }
}

}  // namespace mayfly::guest
