// Which pages of a private mapping have become the process's own. The host alone decides that: a page
// that was written in a MAP_PRIVATE mapping is anonymous from then on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"

namespace mayfly::snapshot {

// The ioctl(2) of a pagemap on Linux 6.7 and later.
inline constexpr unsigned long kPagemapScan = 0xc0606610;

class Pagemap {
public:
    // Opens /proc/self/pagemap.
    static Result<Pagemap> open();
    // In a jail, where it can't be opened: the pagemap of this process, opened before.
    static Pagemap adopt(UniqueFd file);

    // Appends the numbers of the private pages of memory (0 is its first page), in order. May name a
    // page of the shared zero page where the host lacks PAGEMAP_SCAN; never misses a private one.
    Result<void> find_private(std::span<const std::byte> memory, std::vector<std::uint32_t>& pages) const;

    // Uses /proc/self/pagemap's table even where the host has PAGEMAP_SCAN (Linux 6.7).
    void disable_scan() { has_scan_ = false; }
    bool has_scan() const { return has_scan_; }

private:
    Pagemap(UniqueFd fd, bool has_scan) : fd_(std::move(fd)), has_scan_(has_scan) {}
    Result<void> scan(std::span<const std::byte> memory, std::vector<std::uint32_t>& pages) const;
    Result<void> read_table(std::span<const std::byte> memory, std::vector<std::uint32_t>& pages) const;

    UniqueFd fd_;
    bool has_scan_;
};

}  // namespace mayfly::snapshot
