// Text that is JSON, looked at without being read into values.
#pragma once

#include <cstddef>
#include <string_view>

namespace mayfly::runtime {

// One JSON value in UTF-8, with numbers of any size.
bool is_json(std::string_view text);

// Whether no more than `levels` brackets are open at once. Of text that is no JSON it may say either.
bool is_nested_at_most(std::string_view text, std::size_t levels);

}  // namespace mayfly::runtime
