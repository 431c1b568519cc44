// Text that is JSON, looked at without being read into values.
#pragma once

#include <string_view>

namespace mayfly::runtime {

// One JSON value in UTF-8, with numbers of any size.
bool is_json(std::string_view text);

}  // namespace mayfly::runtime
