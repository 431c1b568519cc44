#include "guest/time/interval_timer.h"

#include "guest/time/timespec.h"

namespace mayfly::guest {

void IntervalTimer::set(u64 at_ns, u64 interval_ns) {
    disarm();
    due_ns_ = at_ns;
    interval_ns_ = interval_ns;
    arm_for_due_time();
}

void IntervalTimer::arm_for_due_time() {
    if (due_ns_ == 0) return;
    const u64 at = monotonic_at(clock_, process_, due_ns_);
    if (clock_.is_cpu())
        arm_while_running(at);
    else
        arm(at);
}

u64 IntervalTimer::remaining_ns() const {
    if (due_ns_ == 0) return 0;
    const u64 now = clock_now_ns();
    return due_ns_ > now ? due_ns_ - now : 1;  // due, but not noticed yet: still armed
}

void IntervalTimer::expired(u64) {
    const u64 now = clock_now_ns();
    u64 expirations = 0;
    if (now >= due_ns_) {
        expirations = interval_ns_ == 0 ? 1 : 1 + (now - due_ns_) / interval_ns_;
        due_ns_ = interval_ns_ == 0 ? 0 : saturating_add(due_ns_, saturating_multiply(expirations, interval_ns_));
    }
    arm_for_due_time();
    if (expirations != 0) fire(expirations);
}

}  // namespace mayfly::guest
