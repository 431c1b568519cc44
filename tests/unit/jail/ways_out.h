// What a microVM process that its guest has taken over might try.
#pragma once

#include <span>

namespace mayfly::jail {

struct WayOut {
    const char* name;
    bool (*is_open)();  // tries it: true when it worked
    // Nothing but the filter stands in this way: without one it is open, or is closed for other reasons.
    bool only_filter = false;
};

std::span<const WayOut> ways_out();

}  // namespace mayfly::jail
