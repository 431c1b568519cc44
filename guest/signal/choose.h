// Which thread takes which signal.
#pragma once

#include "guest/thread/process.h"

namespace mayfly::guest {

// The pending signals of the process that `thread` may take: those meant for it, and those whose taker
// blocks them by now.
SignalMask takeable(const Thread& thread);
// Takes a pending signal of `wanted`, the thread's own ones first.
bool take_signal(Thread& thread, SignalMask wanted, siginfo_t& info);
// Names the thread that is to take a pending signal of the process, and wakes it.
void choose_taker(Process& process, int signal);

}  // namespace mayfly::guest
