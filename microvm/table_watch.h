// Which translations of KVM's a reset of RAM makes wrong. KVM shadows guest page tables: a shadow it holds to be
// in step has exactly what the table had at the end of the run, and KVM does not see the host put the table
// back. (Shadows that are out of step, and the processor's own translations, Vcpu::set_state() deals with.)
// So what a changed entry led to must be forgotten. For a change above the lowest level, all is.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "snapshot/layered_ram.h"

namespace mayfly::microvm {

struct GuestRange {
    std::uint64_t start;  // guest-physical, page-aligned
    std::uint64_t bytes;

    bool operator==(const GuestRange&) const = default;
};

struct StaleTranslations {
    bool all = false;
    std::vector<GuestRange> to;  // if not all

    bool operator==(const StaleTranslations&) const = default;
};

class TableWatch {
public:
    // frames: the numbers of the frames that hold tables in the snapshot, which is what RAM holds now.
    static TableWatch of_snapshot(const snapshot::LayeredRam& ram, std::span<const std::uint64_t> frames,
                                  std::uint64_t cr3);

    // Before RAM is put back; its private pages are known.
    StaleTranslations find(const snapshot::LayeredRam& ram) const;
    // The pages that the snapshot's tables led to and RAM's no longer do, nor with the same rights; RAM's private pages
    // are known.
    std::vector<std::uint64_t> find_replaced(const snapshot::LayeredRam& ram) const;
    // After more layers were put over the snapshot, which were its first `layers`: what entries that they change led
    // to. An entry that led nowhere leaves nothing behind, at any level.
    // What led to `forgotten`, sorted, KVM has forgotten already.
    StaleTranslations find_covered(const snapshot::LayeredRam& ram, std::size_t layers,
                                   std::span<const std::uint64_t> forgotten = {}) const;

private:
    TableWatch(std::vector<std::uint64_t> frames, std::vector<std::uint64_t> upper)
        : frames_(std::move(frames)), upper_(std::move(upper)) {}

    std::vector<std::uint64_t> frames_;  // both sorted
    std::vector<std::uint64_t> upper_;   // frames that serve above the lowest level
};

// Page addresses, in any order, joined to as few ranges as cover exactly these.
std::vector<GuestRange> to_ranges(std::vector<std::uint64_t> pages);

}  // namespace mayfly::microvm
