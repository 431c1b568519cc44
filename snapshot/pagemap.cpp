#include "snapshot/pagemap.h"

#include <fcntl.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <array>

#include "abi/layout.h"

namespace mayfly::snapshot {
namespace {

using abi::kPageSize;

// PAGEMAP_SCAN, as in <linux/fs.h> from Linux 6.7 on; Debian 12's header is of 6.1.
struct PageRegion {
    std::uint64_t start;
    std::uint64_t end;
    std::uint64_t categories;
};
struct ScanArgument {
    std::uint64_t size;
    std::uint64_t flags;
    std::uint64_t start;
    std::uint64_t end;
    std::uint64_t walk_end;
    std::uint64_t regions;
    std::uint64_t region_count;
    std::uint64_t max_pages;
    std::uint64_t category_inverted;
    std::uint64_t category_mask;
    std::uint64_t category_anyof_mask;
    std::uint64_t return_mask;
};
static_assert(sizeof(PageRegion) == 24 && sizeof(ScanArgument) == 96);
static_assert(kPagemapScan == _IOWR('f', 16, ScanArgument));
constexpr std::uint64_t kIsFile = 1 << 2;
constexpr std::uint64_t kIsPresent = 1 << 3;
constexpr std::uint64_t kIsSwapped = 1 << 4;
constexpr std::uint64_t kIsZeroPage = 1 << 5;

// Bits of an entry of /proc/self/pagemap (Documentation/admin-guide/mm/pagemap.rst).
constexpr std::uint64_t kEntryFile = 1ull << 61;
constexpr std::uint64_t kEntrySwapped = 1ull << 62;
constexpr std::uint64_t kEntryPresent = 1ull << 63;

std::uint64_t address_of(const void* pointer) {
    return reinterpret_cast<std::uint64_t>(pointer);  // the kernel takes addresses as numbers
}

int scan_once(int fd, ScanArgument& argument, std::span<PageRegion> regions) {
    argument.size = sizeof argument;
    argument.regions = address_of(regions.data());
    argument.region_count = regions.size();
    // Private = not (file or zero page), and present or swapped.
    argument.category_inverted = kIsFile | kIsZeroPage;
    argument.category_mask = kIsFile | kIsZeroPage;
    argument.category_anyof_mask = kIsPresent | kIsSwapped;
    argument.return_mask = kIsFile;  // the same for all found, so that neighbours come as one region
    return ::ioctl(fd, kPagemapScan, &argument);
}

bool probe_scan(int fd) {
    alignas(kPageSize) static const std::byte page[kPageSize] = {};
    std::array<PageRegion, 1> region{};
    ScanArgument argument{};
    argument.start = address_of(page);
    argument.end = argument.start + kPageSize;
    return scan_once(fd, argument, region) >= 0;
}

}  // namespace

Result<Pagemap> Pagemap::open() {
    UniqueFd fd{::open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC)};
    if (!fd) return fail_errno(ErrorCode::unavailable, "open /proc/self/pagemap; mount /proc");
    return adopt(std::move(fd));
}

Pagemap Pagemap::adopt(UniqueFd file) {
    const bool has_scan = probe_scan(file.get());
    return Pagemap{std::move(file), has_scan};
}

Result<void> Pagemap::find_private(std::span<const std::byte> memory, std::vector<std::uint32_t>& pages) const {
    return has_scan_ ? scan(memory, pages) : read_table(memory, pages);
}

Result<void> Pagemap::scan(std::span<const std::byte> memory, std::vector<std::uint32_t>& pages) const {
    const std::uint64_t begin = address_of(memory.data());
    std::array<PageRegion, 256> regions{};
    ScanArgument argument{};
    argument.start = begin;
    argument.end = begin + memory.size();
    while (argument.start < argument.end) {
        const int count = scan_once(fd_.get(), argument, regions);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail_errno(ErrorCode::io, "PAGEMAP_SCAN");
        for (const PageRegion& region : std::span(regions).first(static_cast<std::size_t>(count)))
            for (std::uint64_t at = region.start; at < region.end; at += kPageSize)
                pages.push_back(static_cast<std::uint32_t>((at - begin) / kPageSize));
        if (argument.walk_end <= argument.start) return fail(ErrorCode::io, "PAGEMAP_SCAN makes no progress");
        argument.start = argument.walk_end;
    }
    return {};
}

Result<void> Pagemap::read_table(std::span<const std::byte> memory, std::vector<std::uint32_t>& pages) const {
    constexpr std::uint64_t kEntrySize = sizeof(std::uint64_t);
    std::array<std::uint64_t, 4096> entries;
    const std::uint64_t count = memory.size() / kPageSize;
    const std::uint64_t first = address_of(memory.data()) / kPageSize;
    for (std::uint64_t page = 0; page < count;) {
        const std::uint64_t wanted = std::min<std::uint64_t>(entries.size(), count - page);
        const ssize_t got =
            ::pread(fd_.get(), entries.data(), wanted * kEntrySize, static_cast<off_t>((first + page) * kEntrySize));
        if (got < 0 && errno == EINTR) continue;
        if (got < static_cast<ssize_t>(kEntrySize)) return fail_errno(ErrorCode::io, "read /proc/self/pagemap");
        const std::uint64_t whole = static_cast<std::uint64_t>(got) / kEntrySize;
        for (std::uint64_t i = 0; i < whole; ++i) {
            const std::uint64_t entry = entries[i];
            if ((entry & (kEntryPresent | kEntrySwapped)) != 0 && (entry & kEntryFile) == 0)
                pages.push_back(static_cast<std::uint32_t>(page + i));
        }
        page += whole;
    }
    return {};
}

}  // namespace mayfly::snapshot
