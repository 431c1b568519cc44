// What the kernel's pure parts need from the kernel, on the host: memory and assertions.
#include <cstdio>
#include <cstdlib>

#include "guest/lib/assert.h"
#include "guest/lib/heap.h"

namespace mayfly::guest {

void* heap_allocate(usize bytes) { return std::aligned_alloc(16, round_up(bytes == 0 ? 1 : bytes, 16)); }
void heap_free(void* block) { std::free(block); }

void assertion_failed(const char* what, const char* file, int line) {
    std::fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, what);
    std::abort();
}

}  // namespace mayfly::guest
