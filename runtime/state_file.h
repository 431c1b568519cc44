// The small JSON files beside images and functions, with a checksum, so that a damaged one is refused.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>

#include "base/error.h"

namespace mayfly::runtime {

Result<void> save_state(const std::filesystem::path& path, nlohmann::json content);
Result<nlohmann::json> load_state(const std::filesystem::path& path);

}  // namespace mayfly::runtime
