// The kernel's heap. In unit tests on the host it is malloc (tests/unit/guest/host_heap.cpp).
#pragma once

#include "guest/lib/types.h"

namespace mayfly::guest {

// 16-byte aligned, not zeroed; nullptr when no memory is left. free(nullptr) does nothing.
[[nodiscard]] void* heap_allocate(usize bytes);
void heap_free(void* block);
// Zeroes the pages that are free: a snapshot then has nothing to store of them.
void heap_clear_free_pages();

}  // namespace mayfly::guest
