// Restartable sequences (rseq(2)): user code that must begin anew when the thread was preempted in it.
#pragma once

#include "guest/thread/thread.h"

namespace mayfly::guest {

// On the way out to user mode after an interruption: a thread that stands inside a sequence goes on at
// its abort handler. SIGSEGV where the program's description of the sequence is wrong.
void abort_restartable_sequence(Thread& thread, TrapFrame& frame);

}  // namespace mayfly::guest
