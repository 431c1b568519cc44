// The data of signals: per thread and per process. What is done with it: signal/deliver.h.
#pragma once

#include <asm/siginfo.h>
#include <asm/signal.h>

#include "guest/lib/types.h"
#include "guest/mm/user.h"

namespace mayfly::guest {

inline constexpr int kSignals = 64;

class SignalMask {
public:
    constexpr SignalMask() = default;
    constexpr explicit SignalMask(u64 bits) : bits_(bits) {}
    constexpr u64 bits() const { return bits_; }
    constexpr bool has(int signal) const { return (bits_ >> (signal - 1)) & 1; }
    constexpr void add(int signal) { bits_ |= 1ull << (signal - 1); }
    constexpr void remove(int signal) { bits_ &= ~(1ull << (signal - 1)); }

private:
    u64 bits_ = 0;
};

struct SignalAction {
    u64 handler = 0;  // 0 = SIG_DFL, 1 = SIG_IGN
    u64 flags = 0;    // SA_*
    u64 restorer = 0;
    SignalMask mask;
};

// Pending signals; one siginfo a signal number is kept (real-time signals do not queue).
struct PendingSignals {
    SignalMask set;
    siginfo_t info[kSignals];
};

struct SignalActions {
    SignalAction action[kSignals];
    PendingSignals pending;  // sent to the process, taken by any thread
};

struct ThreadSignals {
    SignalMask mask;
    SignalMask saved_mask;  // to go back to after sigsuspend / ppoll
    bool restore_saved_mask = false;
    PendingSignals pending;
    u64 alternate_stack = 0;  // sigaltstack
    u64 alternate_stack_bytes = 0;
    int alternate_stack_flags = 2;  // SS_DISABLE
};

}  // namespace mayfly::guest
