// The memory that all tmpfs together may use: ControlPage::tmp_limit_bytes.
#pragma once

#include "guest/mm/memory_object.h"

namespace mayfly::guest {

class TmpfsSpace {
public:
    // A zeroed frame, counted: ENOSPC at the limit.
    static ErrnoOr<PhysAddr> take_page();
    static void give_page(PhysAddr frame);
    static ErrnoOr<void> take_inode();  // ENOSPC
    static void give_inode();

    static u64 page_limit();
    static u64 used_pages();
    static u64 peak_pages();
    static u64 inode_limit();
    static u64 used_inodes();
};

// Pages of the object from first on are about to be freed: no mapping may reach them any more.
void unmap_from_processes(const MemoryObject& object, u64 first_page);

}  // namespace mayfly::guest
