// Writes the RAM of a microVM that waits for an event as a memory layer.
#pragma once

#include <cstdint>
#include <vector>

#include "base/error.h"
#include "snapshot/extent.h"
#include "snapshot/layered_ram.h"

namespace mayfly::snapshot {

struct CaptureResult {
    std::vector<Extent> extents;                   // at most kMaxExtents, sorted
    std::vector<std::uint64_t> page_table_frames;  // sorted
};

// only_changed: the pages whose content differs from the layers; else every page that is not zero.
// The content is written to out_fd, which should be empty, one extent after the other. Unchanged pages
// between changed ones are written too where that keeps the number of extents small.
Result<CaptureResult> capture_memory(LayeredRam& ram, int out_fd, bool only_changed, std::uint64_t cr3);

}  // namespace mayfly::snapshot
