#include "vmm/deadline.h"

#include <signal.h>
#include <unistd.h>

namespace mayfly::vmm {
namespace {

constexpr std::uint64_t kNsPerSecond = 1'000'000'000;

// What the handler of this thread's timer interrupts; null while there is none.
thread_local kvm_run* volatile interrupted_run = nullptr;

void on_timer(int, siginfo_t*, void*) {
    kvm_run* run = interrupted_run;
    if (run != nullptr) __atomic_store_n(&run->immediate_exit, 1, __ATOMIC_RELAXED);
}

Result<void> install_handler() {
    struct sigaction action {};
    action.sa_sigaction = on_timer;
    action.sa_flags = SA_SIGINFO;  // no SA_RESTART: waiting calls must come back
    if (::sigaction(SIGRTMIN, &action, nullptr) != 0) return fail_errno(ErrorCode::io, "sigaction");
    return {};
}

}  // namespace

Result<DeadlineTimer> DeadlineTimer::create(kvm_run* run) {
    MF_TRY(install_handler());
    sigevent event{};
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = SIGRTMIN;
    event._sigev_un._tid = ::gettid();
    timer_t timer{};
    if (::timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) return fail_errno(ErrorCode::io, "timer_create");
    interrupted_run = run;
    return DeadlineTimer{timer, run};
}

DeadlineTimer::DeadlineTimer(DeadlineTimer&& other) noexcept
    : timer_(other.timer_), run_(std::exchange(other.run_, nullptr)), armed_ns_(other.armed_ns_) {}

DeadlineTimer::~DeadlineTimer() {
    if (run_ == nullptr) return;
    ::timer_delete(timer_);
    if (interrupted_run == run_) interrupted_run = nullptr;
}

void DeadlineTimer::arm(std::uint64_t time_ns) {
    if (time_ns == armed_ns_) return;
    itimerspec when{};
    if (time_ns != kNever) {
        when.it_value.tv_sec = static_cast<time_t>(time_ns / kNsPerSecond);
        when.it_value.tv_nsec = static_cast<long>(time_ns % kNsPerSecond);
        if (time_ns == 0) when.it_value.tv_nsec = 1;  // zero would disarm
    }
    ::timer_settime(timer_, TIMER_ABSTIME, &when, nullptr);
    armed_ns_ = time_ns;
}

void DeadlineTimer::acknowledge() {
    // One that fired is armed no more, even if it is asked for the same time again.
    if (__atomic_exchange_n(&run_->immediate_exit, 0, __ATOMIC_RELAXED) != 0) armed_ns_ = kNever;
}

}  // namespace mayfly::vmm
