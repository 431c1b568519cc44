// User and group ids. They are kept and reported; nothing in a microVM is guarded by them.
#pragma once

#include "guest/lib/types.h"
#include "guest/lib/vector.h"

namespace mayfly::guest {

struct IdSet {
    u32 real = 0;
    u32 effective = 0;
    u32 saved = 0;
    bool has(u32 id) const { return id == real || id == effective || id == saved; }
};

struct Credentials {
    IdSet user;
    IdSet group;
    Vector<u32> groups;
};

}  // namespace mayfly::guest
