// One vCPU: round robin over the runnable threads, a tick only while somebody else waits for the CPU
// or for a time, and the doorbell when nobody can run.
#pragma once

#include "guest/thread/thread.h"

namespace mayfly::guest {

// Makes a new thread runnable.
void start(Thread& thread);
// Gives other runnable threads a turn (sched_yield, end of a time slice).
void yield();
// Makes a blocked thread runnable; its block() returns `reason`. Nothing for a runnable one.
void wake(Thread& thread, Wake reason);
// Ends the current thread; never returns.
[[noreturn]] void exit_current();
// On the way out to user mode, from syscall, exception and tick: time slice, timers, signals.
void before_return_to_user(TrapFrame& frame);
usize runnable_threads();

// Calls back once at a time, from the kernel's way out or from idle; for timerfd, setitimer, alarm.
class Timer {
public:
    virtual ~Timer() = default;
    virtual void expired(u64 now_ns) = 0;  // may arm itself again

    void arm(u64 monotonic_ns);
    void disarm();
    bool armed() const { return node.linked(); }
    u64 expires_ns() const { return expires_ns_; }

    ListNode node;

private:
    u64 expires_ns_ = 0;
};

}  // namespace mayfly::guest
