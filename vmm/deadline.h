// The one timer of a microVM. It interrupts KVM_RUN by a signal; its handler also sets
// kvm_run::immediate_exit, so that a signal that comes just before KVM_RUN isn't lost. Nothing else
// gives control back for certain: KVM may spin on a guest for ever.
#pragma once

#include <linux/kvm.h>
#include <time.h>

#include <cstdint>
#include <utility>

#include "base/error.h"

namespace mayfly::vmm {

inline constexpr std::uint64_t kNever = ~0ull;

class DeadlineTimer {
public:
    // Interrupts the calling thread, which must be the one that runs the vCPU. One a thread.
    static Result<DeadlineTimer> create(kvm_run* run);

    DeadlineTimer(DeadlineTimer&& other) noexcept;
    DeadlineTimer& operator=(DeadlineTimer&&) = delete;
    ~DeadlineTimer();

    // Fires once at host CLOCK_MONOTONIC time_ns; kNever disarms.
    void arm(std::uint64_t time_ns);
    // Forgets an interruption that already came.
    void acknowledge();

private:
    explicit DeadlineTimer(timer_t timer, kvm_run* run) : timer_(timer), run_(run) {}

    timer_t timer_;
    kvm_run* run_;
    std::uint64_t armed_ns_ = kNever;
};

}  // namespace mayfly::vmm
