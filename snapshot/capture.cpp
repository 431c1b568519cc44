#include "snapshot/capture.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "abi/layout.h"
#include "snapshot/page_tables.h"
#include "snapshot/pages.h"

namespace mayfly::snapshot {
namespace {

using abi::kPageSize;

const std::byte* page_of(const LayeredRam& ram, std::uint32_t number) {
    return ram.bytes().data() + std::size_t{number} * kPageSize;
}

std::vector<std::uint32_t> changed_pages(const LayeredRam& ram) {
    std::vector<std::uint32_t> pages = ram.private_page_numbers();
    std::erase_if(pages, [&](std::uint32_t number) {
        const std::byte* const pristine = ram.pristine(number);
        const std::byte* const before = pristine != nullptr ? pristine : kZeroPage;
        return std::memcmp(page_of(ram, number), before, kPageSize) == 0;
    });
    return pages;
}

std::vector<std::uint32_t> nonzero_pages(const LayeredRam& ram) {
    const std::vector<std::uint32_t> mine = ram.private_page_numbers();
    const std::vector<std::uint32_t> layers = ram.layer_page_numbers();
    std::vector<std::uint32_t> pages;
    std::set_union(mine.begin(), mine.end(), layers.begin(), layers.end(), std::back_inserter(pages));
    std::erase_if(pages, [&](std::uint32_t number) { return is_zero(page_of(ram, number)); });
    return pages;
}

// Extents of these pages; two at most `gap` apart share one.
std::vector<Extent> merge(std::span<const std::uint32_t> pages, std::uint32_t gap) {
    std::vector<Extent> extents;
    std::uint64_t file_offset = 0;
    for (std::size_t i = 0; i < pages.size();) {
        std::size_t last = i;
        while (last + 1 < pages.size() && pages[last + 1] - pages[last] <= gap) ++last;
        const std::uint64_t bytes = std::uint64_t{pages[last] - pages[i] + 1} * kPageSize;
        extents.push_back({std::uint64_t{pages[i]} * kPageSize, file_offset, bytes});
        file_offset += bytes;
        i = last + 1;
    }
    return extents;
}

// How far apart pages may lie to share an extent. A mapping costs ten microseconds at every restore and ends a page
// fault's read-around; a page between two that changed costs its bytes in the file, and next to nothing in memory.
// So the smallest gaps are closed: while that is little, and whatever it takes, until few extents are left.
std::uint32_t gap_to_close(std::span<const std::uint32_t> pages, std::size_t little, std::size_t few) {
    std::vector<std::uint32_t> gaps;
    for (std::size_t i = 1; i < pages.size(); ++i)
        if (pages[i] - pages[i - 1] > 1) gaps.push_back(pages[i] - pages[i - 1]);
    std::sort(gaps.begin(), gaps.end());

    std::uint32_t closed = 1;
    std::size_t padding = 0;
    for (std::size_t i = 0; i < gaps.size(); ++i) {
        padding += gaps[i] - 1;
        if (padding > little && gaps.size() - i < few) break;
        closed = gaps[i];
    }
    return closed;
}

std::vector<Extent> extents_of_base(std::span<const std::uint32_t> pages) {
    constexpr std::size_t kFew = 64;
    return merge(pages, gap_to_close(pages, std::max<std::size_t>(pages.size() / 8, 16), kFew));
}

// Of an upper layer, whose small extents are copied: nothing is gained by joining those, but by joining the others.
std::vector<Extent> extents_of_changes(std::span<const std::uint32_t> pages) {
    constexpr std::size_t kFew = 256;
    constexpr std::uint64_t kSmallGap = 4 * kPageSize;
    std::vector<Extent> joined;
    std::uint64_t file_offset = 0;
    for (Extent extent : merge(pages, gap_to_close(pages, 0, kFew))) {
        const auto gap = joined.empty() ? 0 : extent.ram_offset - joined.back().ram_offset - joined.back().bytes;
        if (!joined.empty() && gap <= kSmallGap && joined.back().bytes > kMaxCopiedBytes) {
            joined.back().bytes += gap + extent.bytes;
        } else {
            extent.file_offset = file_offset;
            joined.push_back(extent);
        }
        file_offset = joined.back().file_offset + joined.back().bytes;
    }
    return joined;
}

Result<void> write_all(int fd, std::span<const std::byte> bytes, std::uint64_t offset) {
    while (!bytes.empty()) {
        const ssize_t written = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return fail_errno(ErrorCode::io, "writing the memory of a snapshot");
        bytes = bytes.subspan(static_cast<std::size_t>(written));
        offset += static_cast<std::uint64_t>(written);
    }
    return {};
}

}  // namespace

Result<CaptureResult> capture_memory(LayeredRam& ram, int out_fd, bool only_changed, std::uint64_t cr3) {
    MF_TRY(ram.find_private_pages());
    const std::vector<std::uint32_t> pages = only_changed ? changed_pages(ram) : nonzero_pages(ram);
    CaptureResult result{only_changed ? extents_of_changes(pages) : extents_of_base(pages),
                         find_page_table_frames(ram.bytes(), cr3)};
    for (const Extent& extent : result.extents)
        MF_TRY(write_all(out_fd, ram.bytes().subspan(extent.ram_offset, extent.bytes), extent.file_offset));
    return result;
}

}  // namespace mayfly::snapshot
