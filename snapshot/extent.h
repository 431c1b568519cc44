// A run of pages of guest RAM and where its content lies in a memory file.
#pragma once

#include <cstdint>

namespace mayfly::snapshot {

struct Extent {
    std::uint64_t ram_offset;  // page-aligned, as the others
    std::uint64_t file_offset;
    std::uint64_t bytes;

    bool operator==(const Extent&) const = default;
};

// More would make a restore slow (each is a mapping) and the control message long.
inline constexpr std::uint64_t kMaxExtents = 2048;

// Pages of a working set: 8 MiB, which take a millisecond or two to bring in.
inline constexpr std::size_t kMaxWorkingSet = 2048;

}  // namespace mayfly::snapshot
