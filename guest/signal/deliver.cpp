#include "guest/signal/deliver.h"

#include "guest/boot/end_program.h"
#include "guest/signal/choose.h"
#include "guest/signal/default_action.h"
#include "guest/signal/signal_frame.h"
#include "guest/thread/rseq.h"

namespace mayfly::guest {
namespace {

constexpr u64 kSyscallInstructionBytes = 2;

enum class Ending { not_interrupted, restart, restart_without_handler, interrupted };

Ending ending_of_call(const TrapFrame& frame) {
    if (frame.vector != kSyscallVector) return Ending::not_interrupted;
    switch (static_cast<i64>(frame.rax)) {
    case -kRestart: return Ending::restart;
    case -kRestartNoHandler: return Ending::restart_without_handler;
    case -EINTR: return Ending::interrupted;
    default: return Ending::not_interrupted;
    }
}

// What becomes of an interrupted system call: `action` is the handler that will run, or null.
void settle_call(TrapFrame& frame, const SignalAction* action) {
    const Ending ending = ending_of_call(frame);
    if (ending != Ending::restart && ending != Ending::restart_without_handler) return;
    const bool restarts = action == nullptr || (ending == Ending::restart && (action->flags & SA_RESTART) != 0);
    if (restarts) {
        frame.rax = frame.error;
        frame.rip -= kSyscallInstructionBytes;
    } else {
        frame.rax = static_cast<u64>(-EINTR);
    }
    frame.vector = kResumedVector;
}

SignalMask mask_to_return_to(ThreadSignals& signals) {
    if (!signals.restore_saved_mask) return signals.mask;
    signals.restore_saved_mask = false;
    return signals.saved_mask;
}

void block_during_handler(Thread& thread, const SignalAction& action, int signal) {
    ThreadSignals& signals = thread.signals();
    SignalMask mask = signals.mask | action.mask;
    if ((action.flags & SA_NODEFER) == 0) mask.add(signal);
    signals.mask = mask.without(kUnblockable);
    redirect_signals(thread.process());
}

void run_handler(Thread& thread, TrapFrame& frame, SignalAction& action, const siginfo_t& info) {
    const int signal = info.si_signo;
    const SignalAction handler = action;
    if ((handler.flags & SA_RESETHAND) != 0) action.handler = kDefaultHandler;

    settle_call(frame, &handler);
    thread.signals().mask = mask_to_return_to(thread.signals());
    if (push_signal_frame(thread, frame, handler, info)) {
        block_during_handler(thread, handler, signal);
        return;
    }
    // No stack for the handler. A handler of SIGSEGV, on a stack of its own, may still repair that;
    // unless it is the one that found no stack.
    if (signal == SIGSEGV) action.handler = kDefaultHandler;
    force_fault(thread, SIGSEGV, SI_KERNEL, 0, 0, 0);
}

}  // namespace

void deliver_signals(TrapFrame& frame) {
    Thread& self = current();
    ThreadSignals& signals = self.signals();
    if (frame.vector != kSyscallVector) abort_restartable_sequence(self, frame);
    if (signals.restore_saved_mask && ending_of_call(frame) == Ending::not_interrupted)
        signals.mask = mask_to_return_to(signals);

    while (signal_pending(self)) {
        siginfo_t info;
        const SignalMask unblocked = SignalMask{~0ull}.without(signals.mask);
        if (!take_signal(self, unblocked, info)) break;
        SignalAction& action = self.process().signals().of(info.si_signo);
        if (ignores(action, info.si_signo)) continue;
        if (action.handler == kDefaultHandler) end_program(static_cast<u32>(info.si_signo));
        run_handler(self, frame, action, info);
    }

    settle_call(frame, nullptr);
    signals.mask = mask_to_return_to(signals);
}

}  // namespace mayfly::guest
