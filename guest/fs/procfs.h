// /proc and /sys: what programs and language runtimes read there. The text of a file is made when it is
// opened.
#pragma once

#include "guest/lib/types.h"

namespace mayfly::guest {

ErrnoOr<void> mount_procfs();
ErrnoOr<void> mount_sysfs();

}  // namespace mayfly::guest
