// The data of signals: per thread and per process. What is done with it: signal/deliver.h.
#pragma once

#include <asm/siginfo.h>
#include <asm/signal.h>

#include "guest/lib/list.h"
#include "guest/lib/types.h"
#include "guest/mm/user.h"

namespace mayfly::guest {

class Thread;

inline constexpr int kSignals = 64;
inline constexpr int kFirstRealTimeSignal = 32;

constexpr bool is_signal(int signal) { return signal >= 1 && signal <= kSignals; }

class SignalMask {
public:
    constexpr SignalMask() = default;
    constexpr explicit SignalMask(u64 bits) : bits_(bits) {}
    static constexpr SignalMask of(int signal) { return SignalMask{1ull << (signal - 1)}; }
    constexpr u64 bits() const { return bits_; }
    constexpr bool empty() const { return bits_ == 0; }
    constexpr bool has(int signal) const { return (bits_ >> (signal - 1)) & 1; }
    constexpr void add(int signal) { bits_ |= 1ull << (signal - 1); }
    constexpr void remove(int signal) { bits_ &= ~(1ull << (signal - 1)); }
    constexpr SignalMask without(SignalMask other) const { return SignalMask{bits_ & ~other.bits_}; }
    constexpr SignalMask operator|(SignalMask other) const { return SignalMask{bits_ | other.bits_}; }
    constexpr SignalMask operator&(SignalMask other) const { return SignalMask{bits_ & other.bits_}; }
    constexpr int lowest() const { return __builtin_ctzll(bits_) + 1; }  // not of an empty mask

private:
    u64 bits_ = 0;
};

// SIGKILL and SIGSTOP can be neither blocked nor handled.
inline constexpr SignalMask kUnblockable = SignalMask::of(SIGKILL) | SignalMask::of(SIGSTOP);

struct SignalAction {
    u64 handler = 0;  // 0 = SIG_DFL, 1 = SIG_IGN
    u64 flags = 0;    // SA_*
    u64 restorer = 0;
    SignalMask mask;
};

// Signals that were sent and not taken yet. A standard signal is kept once, with its first siginfo;
// real-time signals queue.
class PendingSignals {
public:
    static constexpr usize kLimit = 1024;  // RLIMIT_SIGPENDING

    ~PendingSignals() { discard(set_); }

    SignalMask set() const { return set_; }
    // False when the queue is full: then a real-time signal is lost, a standard one loses its siginfo.
    bool add(const siginfo_t& info);
    // Takes one of `wanted`: a fault before others, then the lowest number, then the oldest.
    bool take(SignalMask wanted, siginfo_t& info);
    void discard(SignalMask signals);

private:
    struct Entry {
        siginfo_t info;
        ListNode node;
    };
    void remove(Entry& entry);

    SignalMask set_;
    usize count_ = 0;
    List<Entry, &Entry::node> entries_;
};

struct SignalActions {
    SignalAction action[kSignals];
    PendingSignals pending;  // sent to the process
    // Who is to take the pending signal of that number. Without this any thread on its way out of the
    // kernel would take a signal that was meant to interrupt a blocked one.
    Thread* taker[kSignals] = {};

    SignalAction& of(int signal) { return action[signal - 1]; }
};

// What the CPU said about the last fault, for ucontext.
struct FaultRecord {
    u64 trap_number = 0;
    u64 error = 0;
    u64 address = 0;
};

struct ThreadSignals {
    SignalMask mask;
    // ppoll, pselect, epoll_pwait and sigsuspend put their mask into `mask`, the old one here and set
    // the flag. deliver_signals() puts the old one back: into the signal frame when a handler runs,
    // and at once when the call returned without being interrupted.
    SignalMask saved_mask;
    bool restore_saved_mask = false;
    SignalMask awaited;  // sigtimedwait: wake for these although they are blocked
    PendingSignals pending;
    FaultRecord fault;
    u64 alternate_stack = 0;  // sigaltstack
    u64 alternate_stack_bytes = 0;
    int alternate_stack_flags = 2;  // SS_DISABLE
};

}  // namespace mayfly::guest
