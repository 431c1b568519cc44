#include "guest/thread/timer.h"

#include "guest/lib/global.h"

namespace mayfly::guest {
namespace {

constinit Global<List<Timer, &Timer::node>> armed_timers;  // the next to expire first

}  // namespace

void Timer::arm(u64 monotonic_ns) {
    disarm();
    expires_ns_ = monotonic_ns;
    auto& timers = *armed_timers;
    Timer* later = timers.front();
    while (later != nullptr && later->expires_ns_ <= monotonic_ns) later = timers.next(*later);
    if (later != nullptr)
        timers.insert(*later, *this);
    else
        timers.push_back(*this);
}

u64 next_timer_ns() {
    Timer* first = armed_timers->front();
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
