// Whether what was asked for lies within the limits of mayfly.h.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "mayfly/mayfly.h"

namespace mayfly::runtime {

Result<void> check_memory(std::uint32_t memory_mb);
// Time, processor and /tmp of a function.
Result<void> check_limits(const FunctionOptions& options);

}  // namespace mayfly::runtime
