#include "guest/signal/choose.h"

#include "guest/signal/deliver.h"
#include "guest/thread/scheduler.h"
#include "guest/time/posix_timer.h"

namespace mayfly::guest {
namespace {

bool wants(const ThreadSignals& signals, int signal) {
    return !signals.mask.has(signal) || signals.awaited.has(signal);
}

// The main thread where it can, as on Linux: Python's handlers run there, so it is the one to interrupt.
Thread* preferred_taker(Process& process, int signal) {
    Thread* any = nullptr;
    for (Thread* thread = process.threads().front(); thread != nullptr; thread = process.threads().next(*thread)) {
        if (!wants(thread->signals(), signal)) continue;
        if (thread->tid() == process.pid()) return thread;
        if (any == nullptr) any = thread;
    }
    return any;
}

}  // namespace

SignalMask takeable(const Thread& thread) {
    SignalActions& actions = thread.process().signals();
    SignalMask result;
    for (SignalMask left = actions.pending.set(); !left.empty(); left.remove(left.lowest())) {
        const int signal = left.lowest();
        Thread* taker = actions.taker[signal - 1];
        if (taker == nullptr || taker == &thread || taker->signals().mask.has(signal)) result.add(signal);
    }
    return result;
}

bool take_signal(Thread& thread, SignalMask wanted, siginfo_t& info) {
    Process& process = thread.process();
    if (!thread.signals().pending.take(wanted, info)) {
        SignalActions& actions = process.signals();
        if (!actions.pending.take(wanted & takeable(thread), info)) return false;
        if (!actions.pending.set().has(info.si_signo)) actions.taker[info.si_signo - 1] = nullptr;
    }
    if (info.si_code == SI_TIMER) note_timer_signal_taken(process, info);
    return true;
}

void choose_taker(Process& process, int signal) {
    Thread* taker = preferred_taker(process, signal);
    process.signals().taker[signal - 1] = taker;
    if (taker != nullptr) wake(*taker, Wake::signal);
}

void redirect_signals(Process& process) {
    SignalActions& actions = process.signals();
    for (SignalMask left = actions.pending.set(); !left.empty(); left.remove(left.lowest())) {
        const int signal = left.lowest();
        Thread* taker = actions.taker[signal - 1];
        if (taker == nullptr || !wants(taker->signals(), signal)) choose_taker(process, signal);
    }
}

bool signal_pending(const Thread& thread) {
    const ThreadSignals& signals = thread.signals();
    if (!signals.pending.set().without(signals.mask).empty()) return true;
    if (thread.process().signals().pending.set().empty()) return false;
    return !takeable(thread).without(signals.mask).empty();
}

}  // namespace mayfly::guest
