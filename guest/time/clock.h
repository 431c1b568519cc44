// The clocks, computed from the TSC and the control page without leaving the guest.
#pragma once

#include "guest/lib/types.h"

namespace mayfly::guest {

u64 monotonic_ns();
u64 realtime_ns();

}  // namespace mayfly::guest
