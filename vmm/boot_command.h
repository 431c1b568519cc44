// The event of a cold boot: which program to start (abi::BootCommand and its strings).
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"

namespace mayfly::vmm {

// As it lies in the event area. Fails if a string holds a NUL or all together are over the limit.
Result<std::vector<std::byte>> encode_boot_command(std::span<const std::string> arguments,
                                                   std::span<const std::string> environment,
                                                   const std::string& working_directory);

}  // namespace mayfly::vmm
