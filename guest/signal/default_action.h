// What signals do to a program that did not ask to handle them (signal(7)).
#pragma once

#include "guest/signal/signal_state.h"

namespace mayfly::guest {

inline constexpr u64 kDefaultHandler = 0;  // SIG_DFL
inline constexpr u64 kIgnoreHandler = 1;   // SIG_IGN

// The stop signals are among them: nobody is there who could continue a stopped function.
inline constexpr SignalMask kIgnoredByDefault =
    SignalMask::of(SIGCHLD) | SignalMask::of(SIGURG) | SignalMask::of(SIGWINCH) | SignalMask::of(SIGCONT) |
    SignalMask::of(SIGSTOP) | SignalMask::of(SIGTSTP) | SignalMask::of(SIGTTIN) | SignalMask::of(SIGTTOU);

constexpr bool ignores(const SignalAction& action, int signal) {
    if (action.handler == kDefaultHandler) return kIgnoredByDefault.has(signal);
    return action.handler == kIgnoreHandler;
}

}  // namespace mayfly::guest
