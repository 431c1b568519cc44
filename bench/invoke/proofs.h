// What must hold for the latencies to mean anything.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/error.h"
#include "bench/lab/rows.h"
#include "bench/lab/temporary_folder.h"
#include "bench/report/report.h"
#include "mayfly/mayfly.h"

namespace mayfly::bench {

// A secret of call k is gone in call k+1 of a pristine function, and still there in a stateful one; a value
// made before the snapshot is there after every restore; no two microVMs and no two events draw the same
// random numbers.
Result<std::vector<Proof>> prove_isolation(const Engine& engine, const TemporaryFolder& folder,
                                           const std::string& image, std::size_t invocations,
                                           const RowProgress& progress);

// Processes, zombies included, descriptors and memory are after `invocations` events what they were before.
// The reply of each is `expected`.
Result<Proof> prove_flatness(Function& function, Mode mode, const std::string& event, const std::string& expected,
                             std::size_t invocations, const RowProgress& progress);

}  // namespace mayfly::bench
