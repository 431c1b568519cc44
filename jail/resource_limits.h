// Resource limits (getrlimit(2)) of all microVM processes.
#pragma once

#include <cstdint>

#include "base/error.h"

namespace mayfly::jail {

// Those that the zygote sets for all. It keeps as many descriptors as it may have: the kernel refuses who sends one
// while more of the same user's are on their way than that (unix(7), ETOOMANYREFS), and those of microVMs that are
// still being made are.
Result<void> limit_resources();
// An Error names one that is larger than limit_resources() makes it.
Result<void> check_resource_limits();

// Of this process: descriptors (RLIMIT_NOFILE).
Result<void> limit_descriptors();

// Of this process: what it may have mapped that is private and writable, RAM of its guest and heap together
// (RLIMIT_DATA). Address space is no measure of that: most of what a microVM process reserves has nothing behind it.
Result<void> limit_private_memory(std::uint64_t bytes);

}  // namespace mayfly::jail
