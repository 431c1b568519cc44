// Whether what was asked for lies within the limits of mayfly.h.
#pragma once

#include <cstdint>

#include "base/error.h"

namespace mayfly::runtime {

Result<void> check_memory(std::uint32_t memory_mb);

}  // namespace mayfly::runtime
