// A root directory with nothing in it.
#pragma once

#include "base/error.h"

namespace mayfly::jail {

enum class RootChange {
    pivot,  // the host's root is unmounted in this mount namespace
    cover,  // it lies below the empty one: reached by no path, but there. For a root that pivot_root(2) refuses: the
            // initial ramfs
};

// For a process that is alone in its mount namespace: its root becomes an empty file system, read-only, without
// devices, set-user-ID and programs.
Result<void> move_to_empty_root(RootChange change);
// By a pivot, or where that can't be, by a cover: tells which.
Result<RootChange> move_to_empty_root();

}  // namespace mayfly::jail
