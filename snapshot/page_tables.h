// x86-64 page tables as they lie in guest RAM: which frames hold them, and whether one was changed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace mayfly::snapshot {

// A frame that holds a table, as snapshots and control messages name it: frame number * 2, plus 1 when it
// serves above the lowest level.
inline std::uint64_t pack_table_frame(std::uint64_t frame, bool is_upper) { return frame << 1 | (is_upper ? 1 : 0); }
inline std::uint64_t frame_of(std::uint64_t packed) { return packed >> 1; }
inline bool is_upper_table(std::uint64_t packed) { return (packed & 1) != 0; }

// The tables reachable from cr3 (4 levels), packed and sorted. What the guest wrote is only followed inside
// ram, and each frame at most once a level, so hostile tables cost no more than honest ones.
std::vector<std::uint64_t> find_page_table_frames(std::span<const std::byte> ram, std::uint64_t cr3);

// Whether two tables translate alike: the accessed and dirty bits, which KVM sets on its own, may differ.
bool is_same_page_table(const std::byte* table, const std::byte* other);

}  // namespace mayfly::snapshot
