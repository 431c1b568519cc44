#include "guest/boot/dump.h"
#include "guest/boot/end_program.h"
#include "guest/lib/format.h"
#include "guest/signal/choose.h"
#include "guest/signal/default_action.h"
#include "guest/signal/deliver.h"
#include "guest/thread/scheduler.h"

namespace mayfly::guest {
namespace {

bool holds_back(const ThreadSignals& signals, int signal) {
    return signals.mask.has(signal) || signals.awaited.has(signal);
}

// An ignored signal is kept all the same where it is blocked or waited for: the program may ask for it
// before it unblocks it.
bool any_thread_holds_back(Process& process, int signal) {
    for (Thread* thread = process.threads().front(); thread != nullptr; thread = process.threads().next(*thread))
        if (holds_back(thread->signals(), signal)) return true;
    return false;
}

std::string_view fault_name(int signal) {
    switch (signal) {
    case SIGSEGV: return "segmentation fault (SIGSEGV)";
    case SIGBUS: return "access beyond the end of a mapped file (SIGBUS)";
    case SIGFPE: return "arithmetic fault (SIGFPE)";
    case SIGILL: return "illegal instruction (SIGILL)";
    case SIGTRAP: return "breakpoint (SIGTRAP)";
    default: return "fatal fault";
    }
}

[[noreturn]] void die_of_fault(Thread& thread, int signal, u64 address) {
    char text[128];
    Format why{{text, sizeof text - 1}};
    why.text(fault_name(signal)).text(" at address 0x").hex(address);
    why.text(" in thread ").decimal(thread.tid());
    text[why.view().size()] = '\0';
    dump_user_fault(thread.frame(), text);
    end_program(static_cast<u32>(signal));
}

}  // namespace

siginfo_t make_siginfo(int signal, int code) {
    siginfo_t info{};
    info.si_signo = signal;
    info.si_code = code;
    return info;
}

bool send_signal_to_thread(Thread& thread, const siginfo_t& info) {
    const int signal = info.si_signo;
    const bool held_back = holds_back(thread.signals(), signal);
    if (!held_back && ignores(thread.process().signals().of(signal), signal)) return true;

    const bool queued = thread.signals().pending.add(info);
    if (!thread.signals().mask.has(signal) || thread.signals().awaited.has(signal)) wake(thread, Wake::signal);
    return queued;
}

bool send_signal_to_process(Process& process, const siginfo_t& info) {
    const int signal = info.si_signo;
    if (ignores(process.signals().of(signal), signal) && !any_thread_holds_back(process, signal)) return true;

    const bool queued = process.signals().pending.add(info);
    choose_taker(process, signal);
    return queued;
}

void raise_signal(Thread& thread, int signal) { send_signal_to_thread(thread, make_siginfo(signal, SI_KERNEL)); }

void force_fault(Thread& thread, int signal, int code, u64 address, u64 trap_number, u64 error) {
    ThreadSignals& signals = thread.signals();
    signals.fault = {trap_number, error, address};

    const SignalAction& action = thread.process().signals().of(signal);
    // The instruction would fault for ever if the handler can't run.
    if (signals.mask.has(signal) || action.handler == kDefaultHandler || action.handler == kIgnoreHandler)
        die_of_fault(thread, signal, address);

    siginfo_t info = make_siginfo(signal, code);
    info.si_addr = reinterpret_cast<void*>(address);  // a number for user space, not dereferenced here
    signals.pending.discard(SignalMask::of(signal));
    signals.pending.add(info);
}

void set_temporary_mask(Thread& thread, SignalMask mask) {
    ThreadSignals& signals = thread.signals();
    signals.saved_mask = signals.mask;
    signals.restore_saved_mask = true;
    signals.mask = mask.without(kUnblockable);
    redirect_signals(thread.process());
}

ErrnoOr<void> set_temporary_mask(Thread& thread, UserPtr<u64> mask, usize bytes) {
    if (mask.is_null()) return {};
    if (bytes != sizeof(u64)) return fail(EINVAL);
    set_temporary_mask(thread, SignalMask{MF_TRY(mask.get())});
    return {};
}

}  // namespace mayfly::guest
