// A timer of the program's: one time or again and again, on any clock.
#pragma once

#include "guest/thread/timer.h"
#include "guest/time/clock_id.h"

namespace mayfly::guest {

class IntervalTimer : private Timer {
public:
    IntervalTimer(Process& process, ClockId clock) : process_(process), clock_(clock) {}

    // At a time of its clock, then every interval_ns (0 = once). 0 disarms.
    void set(u64 at_ns, u64 interval_ns);
    u64 clock_now_ns() const { return now_ns(clock_, process_); }
    u64 remaining_ns() const;  // 0 when it is not armed
    u64 interval_ns() const { return interval_ns_; }

protected:
    ~IntervalTimer() override = default;
    Process& process() const { return process_; }
    // It expired, so often since the last time.
    virtual void fire(u64 expirations) = 0;

private:
    void expired(u64 now_ns) override;
    void arm_for_due_time();

    Process& process_;
    ClockId clock_;
    u64 due_ns_ = 0;  // 0 = not armed
    u64 interval_ns_ = 0;
};

}  // namespace mayfly::guest
