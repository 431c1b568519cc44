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

const std::byte* content_or_zeroes(const std::byte* content) {
    return content != nullptr ? content : snapshot::kZeroPage;
}

void sort_and_unify(std::vector<std::uint64_t>& pages) {
    std::sort(pages.begin(), pages.end());
    pages.erase(std::unique(pages.begin(), pages.end()), pages.end());
}

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
        const std::byte* const pristine = content_or_zeroes(ram.pristine(number));
        if (snapshot::is_same_page_table(table, pristine)) continue;
        if (std::binary_search(upper_.begin(), upper_.end(), number)) return {true, {}};
        snapshot::find_changed_targets(table, pristine, pages);
    }
    auto ranges = to_ranges(std::move(pages));
    if (ranges.size() > kMaxRanges) return {true, {}};
    return {false, std::move(ranges)};
}

std::vector<std::uint64_t> TableWatch::find_replaced(const snapshot::LayeredRam& ram) const {
    std::vector<std::uint64_t> pages;
    for (const std::uint32_t number : ram.private_page_numbers()) {
        const bool is_lowest = std::binary_search(frames_.begin(), frames_.end(), number) &&
                               !std::binary_search(upper_.begin(), upper_.end(), number);
        if (!is_lowest) continue;
        const std::byte* const table = ram.bytes().data() + std::size_t{number} * kPageSize;
        snapshot::find_changed_targets(content_or_zeroes(ram.pristine(number)), table, pages);
    }
    sort_and_unify(pages);
    return pages;
}

StaleTranslations TableWatch::find_covered(const snapshot::LayeredRam& ram, std::size_t layers,
                                           std::span<const std::uint64_t> forgotten) const {
    std::vector<std::uint64_t> pages;
    for (const std::uint64_t frame : frames_) {
        const auto number = static_cast<std::uint32_t>(frame);
        const std::byte* const before = content_or_zeroes(ram.pristine(number, layers));
        const std::byte* const after = content_or_zeroes(ram.pristine(number));
        if (before == after) continue;
        if (std::binary_search(upper_.begin(), upper_.end(), frame)) {
            if (!snapshot::keeps_present_entries(after, before)) return {true, {}};
        } else {
            snapshot::find_changed_targets(before, after, pages);
        }
    }
    std::erase_if(pages,
                  [&](std::uint64_t page) { return std::binary_search(forgotten.begin(), forgotten.end(), page); });
    return {false, to_ranges(std::move(pages))};
}

std::vector<GuestRange> to_ranges(std::vector<std::uint64_t> pages) {
    sort_and_unify(pages);
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
