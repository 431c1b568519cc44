// Calls back at a time, from the kernel's way out or from idle: for timerfd, setitimer, alarm.
#pragma once

#include "guest/lib/list.h"
#include "guest/lib/types.h"

namespace mayfly::guest {

class Timer {
public:
    virtual ~Timer() { disarm(); }
    virtual void expired(u64 now_ns) = 0;  // may arm itself again

    void arm(u64 monotonic_ns);
    // Not to be looked at while nobody runs: CPU time stands still then.
    void arm_while_running(u64 monotonic_ns);
    void disarm() { node.unlink(); }
    bool armed() const { return node.linked(); }
    u64 expires_ns() const { return expires_ns_; }
    bool only_while_running() const { return while_running_; }

    ListNode node;

private:
    u64 expires_ns_ = 0;
    bool while_running_ = false;
};

bool timers_are_armed();
// When the next one expires though nobody may run until then; ~0 if there is none.
u64 next_timer_ns();
void run_expired_timers(u64 now_ns);

}  // namespace mayfly::guest
