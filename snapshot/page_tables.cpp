#include "snapshot/page_tables.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

#include "abi/layout.h"

namespace mayfly::snapshot {
namespace {

using abi::kPageSize;

// Bits of an entry: Intel SDM volume 3, 4.5.
constexpr std::uint64_t kPresent = 1u << 0;
constexpr std::uint64_t kWrite = 1u << 1;
constexpr std::uint64_t kAccessed = 1u << 5;
constexpr std::uint64_t kDirty = 1u << 6;
constexpr std::uint64_t kLargePage = 1u << 7;
constexpr std::uint64_t kIgnored = 7ull << 9 | 0x7full << 52;  // by the processor: free for the kernel
constexpr std::uint64_t kAddressMask = 0x000f'ffff'ffff'f000;
constexpr std::size_t kEntries = 512;
constexpr int kTopLevel = 4;

std::uint64_t entry_at(const std::byte* table, std::size_t index) {
    std::uint64_t entry;
    std::memcpy(&entry, table + index * sizeof entry, sizeof entry);
    return entry;
}

struct Free {
    void operator()(void* memory) const { std::free(memory); }
};
// Whether what was derived from `entry` stays right under `other`, which may permit writes in addition.
bool allows_all_of(std::uint64_t other, std::uint64_t entry) {
    constexpr std::uint64_t kNoMatter = kAccessed | kDirty | kIgnored;
    return ((entry ^ other) & ~kNoMatter & ~(other & kWrite)) == 0;
}

using LevelBits = std::unique_ptr<std::uint8_t[], Free>;

// A byte a frame, of which only those that are looked at need memory.
LevelBits zeroes(std::uint64_t count) {
    LevelBits bytes{static_cast<std::uint8_t*>(std::calloc(count, 1))};
    if (!bytes) throw std::bad_alloc();
    return bytes;
}

class Walker {
public:
    Walker(std::span<const std::byte> ram, int lowest_level)
        : ram_(ram), lowest_level_(lowest_level), frames_(ram.size() / kPageSize), levels_seen_(zeroes(frames_)) {}

    // Recursion is at most kTopLevel deep.
    void visit(std::uint64_t frame, int level) {
        if (frame >= frames_) return;
        const auto level_bit = static_cast<std::uint8_t>(1u << level);
        if ((levels_seen_[frame] & level_bit) != 0) return;
        if (levels_seen_[frame] == 0) found_.push_back(frame);
        levels_seen_[frame] = static_cast<std::uint8_t>(levels_seen_[frame] | level_bit);
        if (level == lowest_level_) return;
        const std::byte* const table = ram_.data() + frame * kPageSize;
        for (std::size_t i = 0; i < kEntries; ++i) {
            const std::uint64_t entry = entry_at(table, i);
            const bool is_leaf = level <= 3 && (entry & kLargePage) != 0;
            if ((entry & kPresent) != 0 && !is_leaf) visit((entry & kAddressMask) / kPageSize, level - 1);
        }
    }

    std::vector<std::uint64_t> sorted_frames() {
        std::sort(found_.begin(), found_.end());
        return std::move(found_);
    }

private:
    std::span<const std::byte> ram_;
    int lowest_level_;
    std::uint64_t frames_;
    LevelBits levels_seen_;  // by frame, a bit a level
    std::vector<std::uint64_t> found_;
};

}  // namespace

std::vector<std::uint64_t> find_page_table_frames(std::span<const std::byte> ram, std::uint64_t cr3, int lowest_level) {
    Walker walker(ram, lowest_level);
    walker.visit((cr3 & kAddressMask) / kPageSize, kTopLevel);
    return walker.sorted_frames();
}

void find_changed_targets(const std::byte* table, const std::byte* original, std::vector<std::uint64_t>& pages) {
    for (std::size_t i = 0; i < kEntries; ++i) {
        const std::uint64_t entry = entry_at(table, i);
        if ((entry & kPresent) != 0 && !allows_all_of(entry_at(original, i), entry))
            pages.push_back(entry & kAddressMask);
    }
}

bool keeps_present_entries(const std::byte* table, const std::byte* original) {
    std::uint64_t difference = 0;
    for (std::size_t i = 0; i < kEntries; ++i) {
        const std::uint64_t entry = entry_at(original, i);
        if ((entry & kPresent) != 0) difference |= entry_at(table, i) ^ entry;
    }
    return (difference & ~(kAccessed | kDirty)) == 0;
}

bool is_same_page_table(const std::byte* table, const std::byte* other) {
    std::uint64_t difference = 0;
    for (std::size_t i = 0; i < kEntries; ++i) difference |= entry_at(table, i) ^ entry_at(other, i);
    return (difference & ~(kAccessed | kDirty)) == 0;
}

}  // namespace mayfly::snapshot
