#include "guest/thread/timer.h"

#include "guest/lib/global.h"

namespace mayfly::guest {
namespace {

constinit Global<List<Timer, &Timer::node>> armed_timers;  // the next to expire first

}  // namespace

void Timer::arm(u64 monotonic_ns) {
    disarm();
    expires_ns_ = monotonic_ns;
    while_running_ = false;
    auto& timers = *armed_timers;
    Timer* later = timers.front();
    while (later != nullptr && later->expires_ns_ <= monotonic_ns) later = timers.next(*later);
    if (later != nullptr)
        timers.insert(*later, *this);
    else
        timers.push_back(*this);
}

void Timer::arm_while_running(u64 monotonic_ns) {
    arm(monotonic_ns);
    while_running_ = true;
}

bool timers_are_armed() { return !armed_timers->empty(); }

u64 next_timer_ns() {
    Timer* first = armed_timers->front();
    while (first != nullptr && first->only_while_running()) first = armed_timers->next(*first);
    return first == nullptr ? ~0ull : first->expires_ns();
}

void run_expired_timers(u64 now_ns) {
    for (;;) {
        Timer* first = armed_timers->front();
        if (first == nullptr || first->expires_ns() > now_ns) return;
        first->disarm();
        first->expired(now_ns);
    }
}

}  // namespace mayfly::guest
