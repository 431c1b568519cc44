// Names as /proc/self/fd shows them for what has no path: "pipe:[123]", "socket:[123]".
#pragma once

#include "guest/lib/format.h"
#include "guest/lib/string.h"

namespace mayfly::guest {

// The number is the same for all who share `object` and differs from that of every other living one.
inline ErrnoOr<String> object_name(std::string_view kind, const void* object) {
    char buffer[40];
    Format text(buffer);
    // Kernel addresses themselves are not for programs; 16 is the heap's alignment.
    const auto number = reinterpret_cast<u64>(object) / 16 & 0xffff'ffff;
    text.text(kind).text(":[").unsigned_decimal(number).text("]");
    return String::of(text.view());
}

}  // namespace mayfly::guest
