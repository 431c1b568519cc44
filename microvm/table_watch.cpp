#include "microvm/table_watch.h"

#include <algorithm>

#include "abi/layout.h"
#include "snapshot/page_tables.h"
#include "snapshot/pages.h"

namespace mayfly::microvm {
namespace {

using abi::kPageSize;

// Forgetting a range costs some microseconds, forgetting all a hundred and more in the next run.
constexpr std::size_t kMaxRanges = 64;

}  // namespace

TableWatch TableWatch::of_snapshot(const snapshot::LayeredRam& ram, std::span<const std::uint64_t> frames,
                                   std::uint64_t cr3) {
    std::vector<std::uint64_t> sorted(frames.begin(), frames.end());
    std::sort(sorted.begin(), sorted.end());
    return TableWatch{std::move(sorted), snapshot::find_page_table_frames(ram.bytes(), cr3, 2)};
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
        snapshot::find_changed_targets(table, pristine, pages);
    }
    auto ranges = to_ranges(std::move(pages));
    if (ranges.size() > kMaxRanges) return {true, {}};
    return {false, std::move(ranges)};
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
