// What libstdc++'s headers call when a precondition is broken, in a kernel that has no exceptions.
#include "guest/lib/assert.h"

namespace std {

void __throw_out_of_range_fmt(const char*, ...) {
    mayfly::guest::assertion_failed("an index into a string_view is in range", __FILE__, __LINE__);
}

}  // namespace std
