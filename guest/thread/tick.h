// The periodic tick: asked for while something waits, given up when nothing does.
#pragma once

#include "guest/lib/types.h"

namespace mayfly::guest {

// Has the VMM counted a tick since the last call?
bool tick_fell_due();
// Starts the tick when it is wanted; stops it at the next tick that finds it is not, so that short
// waits do not cost two exits each.
void keep_ticking(bool wanted);
// Before the doorbell is rung for the next event: the tick that shall run when it comes.
void ask_for_tick_at_resume(bool wanted);
// After a resume: what the VMM counted before does not matter.
void forget_ticks();

}  // namespace mayfly::guest
