// What is in a folder. std::filesystem's iterators would end the program when there is no memory for a name.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"

namespace mayfly {

// The names, in no order, without "." and "..".
Result<std::vector<std::string>> entries_of(const std::filesystem::path& folder);

}  // namespace mayfly
