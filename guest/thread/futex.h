// Futexes for the kernel's own use.
#pragma once

#include "guest/thread/thread.h"

namespace mayfly::guest {

// FUTEX_WAKE from inside the kernel: at thread exit.
void futex_wake(Thread& thread, UserAddr word, usize limit);
// Marks the robust mutexes that an exiting thread holds, so that their next owner learns of it.
void release_robust_list(Thread& thread);

}  // namespace mayfly::guest
