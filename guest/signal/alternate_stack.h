// sigaltstack(2): the stack handlers with SA_ONSTACK run on.
#pragma once

#include "guest/signal/signal_state.h"

namespace mayfly::guest {

// Does an address lie on it?
bool fits_alternate_stack(const ThreadSignals& signals, u64 stack_pointer);
// Does a thread with this stack pointer run on it? With SS_AUTODISARM one never does.
bool on_alternate_stack(const ThreadSignals& signals, u64 stack_pointer);
// As it was given to sigaltstack().
stack_t alternate_stack_of(const ThreadSignals& signals);
ErrnoOr<void> set_alternate_stack(ThreadSignals& signals, const stack_t& stack, u64 stack_pointer);
// SS_AUTODISARM: the stack is free for other use once a handler runs on it.
void disarm_alternate_stack(ThreadSignals& signals);

}  // namespace mayfly::guest
