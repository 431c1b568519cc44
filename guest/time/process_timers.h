// The timers of a process.
#pragma once

#include "guest/thread/process.h"
#include "guest/time/posix_timer.h"

namespace mayfly::guest {

// setitimer(2), alarm(2): sends its signal to the process.
class SignalTimer final : public IntervalTimer {
public:
    SignalTimer(Process& process, ClockKind clock, int signal) : IntervalTimer(process, {clock}), signal_(signal) {}

private:
    void fire(u64 expirations) override;

    int signal_;
};

class ProcessTimers {
public:
    static constexpr usize kMaxPosixTimers = 256;

    explicit ProcessTimers(Process& process);

    ErrnoOr<SignalTimer*> interval_timer(int which);  // ITIMER_*
    // The new timer's id; EAGAIN when there are too many. Without an event: SIGALRM with the id.
    ErrnoOr<int> create(ClockId clock, const struct sigevent* event);
    PosixTimer* find(int id);
    ErrnoOr<void> remove(int id);

private:
    ErrnoOr<usize> free_slot();

    Process& process_;
    SignalTimer real_;
    SignalTimer virtual_;
    SignalTimer profile_;
    Vector<Owned<PosixTimer>> posix_;  // by id; null where the id is free
};

}  // namespace mayfly::guest
