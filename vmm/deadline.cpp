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

Result<timer_t> create_timer(clockid_t clock) {
    sigevent event{};
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = SIGRTMIN;
    event._sigev_un._tid = ::gettid();
    timer_t timer{};
    if (::timer_create(clock, &event, &timer) != 0) return fail_errno(ErrorCode::io, "timer_create");
    return timer;
}

void set_timer(timer_t timer, std::uint64_t time_ns) {
    itimerspec when{};
    if (time_ns != kNever) {
        when.it_value.tv_sec = static_cast<time_t>(time_ns / kNsPerSecond);
        when.it_value.tv_nsec = static_cast<long>(time_ns % kNsPerSecond);
        if (time_ns == 0) when.it_value.tv_nsec = 1;  // zero would disarm
    }
    ::timer_settime(timer, TIMER_ABSTIME, &when, nullptr);
}

}  // namespace

Result<DeadlineTimer> DeadlineTimer::create(kvm_run* run) {
    MF_TRY(install_handler());
    const timer_t clock = MF_TRY(create_timer(CLOCK_MONOTONIC));
    const auto cpu = create_timer(CLOCK_THREAD_CPUTIME_ID);
    if (!cpu) {
        ::timer_delete(clock);
        return Unexpected(cpu.error());
    }
    interrupted_run = run;
    return DeadlineTimer{clock, *cpu, run};
}

DeadlineTimer::DeadlineTimer(DeadlineTimer&& other) noexcept
    : clock_(other.clock_),
      cpu_(other.cpu_),
      run_(std::exchange(other.run_, nullptr)),
      armed_ns_(other.armed_ns_),
      armed_cpu_ns_(other.armed_cpu_ns_) {}

DeadlineTimer::~DeadlineTimer() {
    if (run_ == nullptr) return;
    ::timer_delete(clock_);
    ::timer_delete(cpu_);
    if (interrupted_run == run_) interrupted_run = nullptr;
}

void DeadlineTimer::arm(std::uint64_t time_ns) {
    if (time_ns == armed_ns_) return;
    set_timer(clock_, time_ns);
    armed_ns_ = time_ns;
}

void DeadlineTimer::arm_cpu(std::uint64_t cpu_ns) {
    if (cpu_ns == armed_cpu_ns_) return;
    set_timer(cpu_, cpu_ns);
    armed_cpu_ns_ = cpu_ns;
}

void DeadlineTimer::acknowledge() {
    // One that fired is armed no more, even if it is asked for the same time again.
    if (__atomic_exchange_n(&run_->immediate_exit, 0, __ATOMIC_RELAXED) != 0) armed_ns_ = kNever;
}

std::uint64_t thread_cpu_ns() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * kNsPerSecond + static_cast<std::uint64_t>(time.tv_nsec);
}

}  // namespace mayfly::vmm
