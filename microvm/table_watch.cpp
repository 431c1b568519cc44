#include "microvm/table_watch.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <set>

#include "abi/layout.h"
#include "snapshot/page_tables.h"
#include "snapshot/pages.h"

namespace mayfly::microvm {
namespace {

using abi::kPageSize;

// Intel SDM volume 3, table 4-20.
constexpr std::uint64_t kPresent = 1u << 0;
constexpr std::uint64_t kAccessedAndDirty = 3u << 5;
constexpr std::uint64_t kLargePage = 1u << 7;
constexpr std::uint64_t kAddressMask = 0x000f'ffff'ffff'f000;

// Forgetting a range costs some microseconds, forgetting all a hundred and more in the next run.
constexpr std::size_t kMaxRanges = 64;
constexpr std::size_t kEntries = kPageSize / sizeof(std::uint64_t);

std::uint64_t entry_at(const std::byte* table, std::size_t index) {
    std::uint64_t entry;
    std::memcpy(&entry, table + index * sizeof entry, sizeof entry);
    return entry;
}

// Finds the tables of levels 4 to 2. Visits a frame once a level, whatever the tables say.
class UpperTables {
public:
    explicit UpperTables(std::span<const std::byte> ram) : ram_(ram) {}

    void visit(std::uint64_t frame, std::size_t level) {
        if (frame >= ram_.size() / kPageSize || !seen_[level].insert(frame).second) return;
        frames_.insert(frame);
        if (level == kLowestUpper) return;
        const std::byte* const table = ram_.data() + frame * kPageSize;
        for (std::size_t index = 0; index < kEntries; ++index) {
            const std::uint64_t entry = entry_at(table, index);
            if ((entry & kPresent) != 0 && (entry & kLargePage) == 0)
                visit((entry & kAddressMask) / kPageSize, level - 1);
        }
    }
    std::vector<std::uint64_t> frames() const { return {frames_.begin(), frames_.end()}; }

    static constexpr std::size_t kTop = 4;

private:
    static constexpr std::size_t kLowestUpper = 2;

    std::span<const std::byte> ram_;
    std::array<std::set<std::uint64_t>, kTop + 1> seen_;
    std::set<std::uint64_t> frames_;
};

}  // namespace

TableWatch TableWatch::of_snapshot(const snapshot::LayeredRam& ram, std::span<const std::uint64_t> frames,
                                   std::uint64_t cr3) {
    std::vector<std::uint64_t> sorted(frames.begin(), frames.end());
    std::sort(sorted.begin(), sorted.end());
    UpperTables upper(ram.bytes());
    upper.visit((cr3 & kAddressMask) / kPageSize, UpperTables::kTop);
    return TableWatch{std::move(sorted), upper.frames()};
}

StaleTranslations TableWatch::find(const snapshot::LayeredRam& ram) const {
    std::vector<std::uint64_t> pages;
    for (const std::uint32_t number : ram.private_page_numbers()) {
        if (!std::binary_search(frames_.begin(), frames_.end(), number)) continue;
        const std::byte* const table = ram.bytes().data() + std::size_t{number} * kPageSize;
        const std::byte* const layer = ram.pristine(number);
        const std::byte* const pristine = layer != nullptr ? layer : snapshot::kZeroPage;
        if (snapshot::is_same_page_table(table, pristine)) continue;
        if (std::binary_search(upper_.begin(), upper_.end(), number)) return {true, {}};
        add_changed_targets(table, pristine, pages);
    }
    auto ranges = to_ranges(std::move(pages));
    if (ranges.size() > kMaxRanges) return {true, {}};
    return {false, std::move(ranges)};
}

void add_changed_targets(const std::byte* table, const std::byte* pristine, std::vector<std::uint64_t>& pages) {
    for (std::size_t index = 0; index < kEntries; ++index) {
        const std::uint64_t entry = entry_at(table, index);
        const std::uint64_t difference = (entry ^ entry_at(pristine, index)) & ~kAccessedAndDirty;
        if (difference != 0 && (entry & kPresent) != 0) pages.push_back(entry & kAddressMask);
    }
}

std::vector<GuestRange> to_ranges(std::vector<std::uint64_t> pages) {
    std::sort(pages.begin(), pages.end());
    pages.erase(std::unique(pages.begin(), pages.end()), pages.end());
    std::vector<GuestRange> ranges;
    for (const std::uint64_t page : pages) {
        if (!ranges.empty() && ranges.back().start + ranges.back().bytes == page)
            ranges.back().bytes += kPageSize;
        else
            ranges.push_back({page, kPageSize});
    }
    return ranges;
}

}  // namespace mayfly::microvm
