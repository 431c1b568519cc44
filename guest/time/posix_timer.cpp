#include "guest/time/posix_timer.h"

#include "guest/signal/deliver.h"
#include "guest/time/process_timers.h"

namespace mayfly::guest {
namespace {

constexpr u64 kMaxOverrun = 0x7fff'ffff;  // DELAYTIMER_MAX

}  // namespace

Thread* PosixTimer::target() const { return process().find_thread(event_._sigev_un._tid); }

bool PosixTimer::signal_still_pending() const {
    if (event_.sigev_notify != SIGEV_THREAD_ID) return process().signals().pending.set().has(event_.sigev_signo);
    const Thread* thread = target();
    return thread != nullptr && thread->signals().pending.set().has(event_.sigev_signo);
}

void PosixTimer::fire(u64 expirations) {
    if (event_.sigev_notify == SIGEV_NONE) return;
    if (signalled_ && signal_still_pending()) {
        overrun_ += expirations;
        return;
    }
    siginfo_t info = make_siginfo(event_.sigev_signo, SI_TIMER);
    info.si_tid = id_;
    info.si_value = event_.sigev_value;
    signalled_ = true;
    overrun_ = expirations - 1;
    if (event_.sigev_notify != SIGEV_THREAD_ID)
        send_signal_to_process(process(), info);
    else if (Thread* thread = target())
        send_signal_to_thread(*thread, info);
}

void PosixTimer::signal_taken(siginfo_t& info) {
    delivered_overrun_ = static_cast<int>(overrun_ < kMaxOverrun ? overrun_ : kMaxOverrun);
    info.si_overrun = delivered_overrun_;
    signalled_ = false;
    overrun_ = 0;
}

void note_timer_signal_taken(Process& process, siginfo_t& info) {
    ProcessTimers* timers = process.timers_if_used();
    if (timers == nullptr) return;
    if (PosixTimer* timer = timers->find(info.si_tid)) timer->signal_taken(info);
}

}  // namespace mayfly::guest
