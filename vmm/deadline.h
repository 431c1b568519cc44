// The two timers of a microVM: the clock's, and one of the processor time its thread takes. They interrupt KVM_RUN by
// a signal; its handler also sets kvm_run::immediate_exit, so that a signal that comes just before KVM_RUN isn't lost.
// Nothing else gives control back for certain: KVM may spin on a guest for ever.
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
    // Fires once when this thread has had so much processor time, as thread_cpu_ns() counts it, or up to a tick of the
    // host's scheduler later; kNever disarms.
    void arm_cpu(std::uint64_t cpu_ns);
    // Forgets an interruption that already came.
    void acknowledge();

private:
    DeadlineTimer(timer_t clock, timer_t cpu, kvm_run* run) : clock_(clock), cpu_(cpu), run_(run) {}

    timer_t clock_;
    timer_t cpu_;
    kvm_run* run_;
    std::uint64_t armed_ns_ = kNever;
    std::uint64_t armed_cpu_ns_ = kNever;
};

// Processor time that the calling thread has had.
std::uint64_t thread_cpu_ns();

}  // namespace mayfly::vmm
