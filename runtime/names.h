// Names of images and functions. They become names of folders, so little is allowed.
#pragma once

#include <string_view>

#include "base/error.h"

namespace mayfly::runtime {

// [a-z0-9][a-z0-9._-]{0,63}: no separators, no hidden files, no "..", no two that differ in case alone.
bool is_valid_name(std::string_view name);
Result<void> check_name(std::string_view kind, std::string_view name);

}  // namespace mayfly::runtime
