// The small JSON files beside images and functions, with a checksum, so that a damaged one is refused.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/error.h"

namespace mayfly::runtime {

// The text of such a file, and the content of one: corrupt, with what is wrong with "the file ...".
std::string encode_state(nlohmann::json content);
Result<nlohmann::json> decode_state(std::string_view text);

}  // namespace mayfly::runtime
