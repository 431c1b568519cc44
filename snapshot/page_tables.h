// x86-64 page tables as they lie in guest RAM: which frames hold them, and whether one was changed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace mayfly::snapshot {

// Sorted numbers (address / 4096) of the frames that hold tables reachable from cr3 (4 levels), from the top down
// to lowest_level: 1 holds the entries of 4 KiB pages, 2 those above. What the guest wrote is only followed inside
// ram, and each frame at most once a level, so hostile tables cost no more than honest ones.
std::vector<std::uint64_t> find_page_table_frames(std::span<const std::byte> ram, std::uint64_t cr3,
                                                  int lowest_level = 1);

// Adds the addresses that present entries of `table` lead to, where `original` leads elsewhere or permits less. Both
// are a page of the lowest level.
void find_changed_targets(const std::byte* table, const std::byte* original, std::vector<std::uint64_t>& pages);

// Whether `table` has every present entry of `original` as it is; others may have come.
bool keeps_present_entries(const std::byte* table, const std::byte* original);

// Whether two tables translate alike: the accessed and dirty bits, which KVM sets on its own, may differ.
bool is_same_page_table(const std::byte* table, const std::byte* other);

}  // namespace mayfly::snapshot
