#pragma once

#include <vector>

#include "guest/fs/dentry.h"

namespace mayfly::guest::doubles {

void set_page_limit(u64 pages);
void set_root(Ref<Dentry> dentry);
// First pages of the calls to unmap_from_processes().
std::vector<u64>& unmapped();

}  // namespace mayfly::guest::doubles
