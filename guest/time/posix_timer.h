// timer_create(2) and its kin.
#pragma once

#include <asm/siginfo.h>

#include "guest/lib/types.h"

namespace mayfly::guest {

class Process;

// A timer's signal is about to be delivered: fills in how often it expired since the last one.
void note_timer_signal_taken(Process& process, siginfo_t& info);

}  // namespace mayfly::guest
