// A root directory with nothing in it.
#pragma once

#include "base/error.h"

namespace mayfly::jail {

// For a process that is alone in its mount namespace: its root becomes an empty file system, read-only, without
// devices, set-user-ID and programs; everything else is unmounted there.
Result<void> move_to_empty_root();

}  // namespace mayfly::jail
