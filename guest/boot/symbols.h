// Names for kernel addresses, from the table guest/symbols.cmake puts into the image.
#pragma once

#include <string_view>

#include "guest/lib/types.h"

namespace mayfly::guest {

struct Symbol {
    std::string_view name;  // mangled; empty when the address is none of ours
    u64 offset = 0;
};

Symbol symbol_at(u64 address);

}  // namespace mayfly::guest
