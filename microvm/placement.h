// Who waits awake for another (poll_window.h) must not wait on the other's processor: there each would get what the
// other leaves. The scheduler puts a process that is woken beside the one that woke it, and leaves it there as long
// as neither sleeps.
#pragma once

#include <sched.h>

#include <cstdint>

namespace mayfly::microvm {

class Placement {
public:
    // Takes the processors that this thread may use now for those it may use from now on.
    Placement();
    // Moves this thread to another processor if it runs on this one and there is another it may use. Not more often
    // than now and then: when all are busy there is no better place.
    void keep_off(unsigned processor);

private:
    cpu_set_t allowed_;
    std::uint64_t moved_ns_ = 0;
};

}  // namespace mayfly::microvm
