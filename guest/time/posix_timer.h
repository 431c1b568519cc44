// timer_create(2): timers with a signal of their own and an overrun count.
#pragma once

#include <asm/siginfo.h>

#include "guest/time/interval_timer.h"

namespace mayfly::guest {

class PosixTimer final : public IntervalTimer {
public:
    PosixTimer(Process& process, ClockId clock, int id, const struct sigevent& event)
        : IntervalTimer(process, clock), id_(id), event_(event) {}

    // How often it expired between the last signal and its delivery (timer_getoverrun(2)).
    int overrun() const { return delivered_overrun_; }
    void signal_taken(siginfo_t& info);

private:
    void fire(u64 expirations) override;
    bool signal_still_pending() const;
    Thread* target() const;  // of SIGEV_THREAD_ID

    int id_;
    struct sigevent event_;
    bool signalled_ = false;
    u64 overrun_ = 0;  // since the signal was sent
    int delivered_overrun_ = 0;
};

// A timer's signal is about to be delivered: fills in how often it expired since it was sent.
void note_timer_signal_taken(Process& process, siginfo_t& info);

}  // namespace mayfly::guest
