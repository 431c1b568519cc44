// How threads and the program end.
#pragma once

#include "guest/lib/types.h"

namespace mayfly::guest {

// Ends the current thread, and the program with its last one; status as exit(2) takes it.
[[noreturn]] void exit_thread(int status = 0);

}  // namespace mayfly::guest
