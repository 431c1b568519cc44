// The kernel heap: pages of equal-sized blocks for small requests, runs of pages for large ones, in a
// region of their own that is backed by frames as it is used. Freed pages stay mapped and are reused.
#include "guest/lib/heap.h"

#include <cstring>

#include "guest/lib/assert.h"
#include "guest/mm/frames.h"
#include "guest/mm/layout.h"
#include "guest/mm/page_table.h"

namespace mayfly::guest {
namespace {

constexpr usize kClasses = 14;
constexpr u16 kClassBytes[kClasses] = {16, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1360, 2032};
constexpr usize kLargestClass = 2032;
constexpr usize kPages = kHeapBytes / kPageSize;

// What a page of the heap is: free, the first of a run of n pages (kRun | n), inside a run, or a page
// of blocks of one class.
constexpr u32 kFree = 0;
constexpr u32 kInside = 1;
constexpr u32 kClass = 0x4000'0000;
constexpr u32 kRun = 0x8000'0000;

struct FreeBlock {
    FreeBlock* next;
};

constinit FreeBlock* free_blocks[kClasses];
constinit usize pages_mapped = 0;  // pages ever mapped, from the start of the region
constinit usize lowest_free = 0;   // no free page below

// What each page is used for; the first thing in the region, mapped as needed.
constexpr usize kStatePages = kPages * sizeof(u32) / kPageSize;
u32* states() { return reinterpret_cast<u32*>(kHeapBase); }
std::byte* page_at(usize page) { return reinterpret_cast<std::byte*>(kHeapBase + page * kPageSize); }

bool map_page(u64 address) {
    u64* entry = page_entry(address, true);
    if (entry == nullptr) return false;
    if ((*entry & pte::kPresent) != 0) return true;
    auto frame = allocate_frame();
    if (!frame) return false;
    *entry = raw(*frame) | pte::kPresent | pte::kWrite | pte::kAlways;
    return true;
}

bool map_more(usize end) {
    if (end > kPages) return false;
    if (pages_mapped == 0) pages_mapped = lowest_free = kStatePages;
    for (; pages_mapped < end; ++pages_mapped) {
        if (!map_page(round_down(kHeapBase + pages_mapped * sizeof(u32), kPageSize))) return false;
        if (!map_page(kHeapBase + pages_mapped * kPageSize)) return false;
        states()[pages_mapped] = kFree;
    }
    return true;
}

// The first run of free pages, mapping new ones at the end if there is none. 0 without memory.
usize find_run(usize pages) {
    if (pages_mapped == 0 && !map_more(kStatePages + 1)) return 0;
    usize length = 0;
    for (usize page = lowest_free; page < pages_mapped; ++page) {
        length = states()[page] == kFree ? length + 1 : 0;
        if (length == pages) return page + 1 - pages;
    }
    const usize first = pages_mapped - length;
    return map_more(first + pages) ? first : 0;
}

usize allocate_run(usize pages, u32 state) {
    const usize first = find_run(pages);
    if (first == 0) return 0;
    states()[first] = state;
    for (usize i = 1; i < pages; ++i) states()[first + i] = kInside;
    if (first == lowest_free) lowest_free = first + pages;
    return first;
}

usize class_of(usize bytes) {
    usize index = 0;
    while (kClassBytes[index] < bytes) ++index;
    return index;
}

bool refill(usize index) {
    const usize page = allocate_run(1, kClass | static_cast<u32>(index));
    if (page == 0) return false;
    const usize block = kClassBytes[index];
    for (usize offset = kPageSize / block * block; offset >= block; offset -= block) {
        auto* free_block = reinterpret_cast<FreeBlock*>(page_at(page) + offset - block);
        free_block->next = free_blocks[index];
        free_blocks[index] = free_block;
    }
    return true;
}

}  // namespace

void* heap_allocate(usize bytes) {
    if (bytes > kLargestClass) {
        const usize pages = round_up(bytes, kPageSize) / kPageSize;
        if (pages >= kPages) return nullptr;
        const usize first = allocate_run(pages, kRun | static_cast<u32>(pages));
        return first == 0 ? nullptr : page_at(first);
    }
    const usize index = class_of(bytes);
    if (free_blocks[index] == nullptr && !refill(index)) return nullptr;
    FreeBlock* block = free_blocks[index];
    free_blocks[index] = block->next;
    return block;
}

void heap_free(void* block) {
    if (block == nullptr) return;
    const usize page = (reinterpret_cast<u64>(block) - kHeapBase) / kPageSize;
    MF_ASSERT(page >= kStatePages && page < pages_mapped);
    const u32 state = states()[page];
    if ((state & kRun) != 0) {
        for (usize i = 0; i < (state & ~kRun); ++i) states()[page + i] = kFree;
        if (page < lowest_free) lowest_free = page;
        return;
    }
    MF_ASSERT((state & kClass) != 0);
    auto* free_block = static_cast<FreeBlock*>(block);
    free_block->next = free_blocks[state & ~kClass];
    free_blocks[state & ~kClass] = free_block;
}

void heap_clear_free_pages() {
    for (usize page = lowest_free; page < pages_mapped; ++page)
        if (states()[page] == kFree) std::memset(page_at(page), 0, kPageSize);
}

}  // namespace mayfly::guest
