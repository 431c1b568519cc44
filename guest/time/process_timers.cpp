#include "guest/time/process_timers.h"

#include <linux/time.h>

#include "guest/signal/deliver.h"

namespace mayfly::guest {

void SignalTimer::fire(u64) { send_signal_to_process(process(), make_siginfo(signal_, SI_KERNEL)); }

// All CPU time is user time here, so ITIMER_VIRTUAL and ITIMER_PROF run on the same clock.
ProcessTimers::ProcessTimers(Process& process)
    : process_(process),
      real_(process, ClockKind::monotonic, SIGALRM),
      virtual_(process, ClockKind::process_cpu, SIGVTALRM),
      profile_(process, ClockKind::process_cpu, SIGPROF) {}

ErrnoOr<SignalTimer*> ProcessTimers::interval_timer(int which) {
    switch (which) {
    case ITIMER_REAL: return &real_;
    case ITIMER_VIRTUAL: return &virtual_;
    case ITIMER_PROF: return &profile_;
    default: return fail(EINVAL);
    }
}

ErrnoOr<usize> ProcessTimers::free_slot() {
    for (usize i = 0; i < posix_.size(); ++i)
        if (!posix_[i]) return i;
    if (posix_.size() == kMaxPosixTimers) return fail(EAGAIN);
    MF_TRY(posix_.push_back({}));
    return posix_.size() - 1;
}

ErrnoOr<int> ProcessTimers::create(ClockId clock, const struct sigevent* event) {
    const usize slot = MF_TRY(free_slot());
    const int id = static_cast<int>(slot);
    struct sigevent chosen {};
    if (event != nullptr) {
        chosen = *event;
    } else {
        chosen.sigev_notify = SIGEV_SIGNAL;
        chosen.sigev_signo = SIGALRM;
        chosen.sigev_value.sival_int = id;
    }
    posix_[slot] = MF_TRY(make_owned<PosixTimer>(process_, clock, id, chosen));
    return id;
}

PosixTimer* ProcessTimers::find(int id) {
    if (id < 0 || static_cast<usize>(id) >= posix_.size()) return nullptr;
    return posix_[static_cast<usize>(id)].get();
}

ErrnoOr<void> ProcessTimers::remove(int id) {
    if (find(id) == nullptr) return fail(EINVAL);
    posix_[static_cast<usize>(id)] = Owned<PosixTimer>{};
    return {};
}

}  // namespace mayfly::guest
