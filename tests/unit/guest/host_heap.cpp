// What the kernel's pure parts need from the kernel, for unit tests on the host.
#include <cstdio>
#include <cstdlib>

#include "guest/lib/assert.h"
#include "guest/lib/heap.h"
#include "host_heap.h"

namespace mayfly::guest {

namespace {

long allocations_left = -1;

}  // namespace

void doubles::set_allocations_left(long count) { allocations_left = count; }

void* heap_allocate(usize bytes) {
    if (allocations_left == 0) return nullptr;
    if (allocations_left > 0) --allocations_left;
    return std::aligned_alloc(16, round_up(bytes == 0 ? 1 : bytes, 16));
}
void heap_free(void* block) { std::free(block); }

void assertion_failed(const char* what, const char* file, int line) {
    std::fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, what);
    std::abort();
}

}  // namespace mayfly::guest
