#include "guest/thread/process.h"

#include "guest/thread/scheduler.h"
#include "guest/time/clock.h"
#include "guest/time/process_timers.h"

namespace mayfly::guest {
namespace {

constexpr int kMaxPid = 4'194'304;  // Linux's largest pid_max

}  // namespace

Process::Process(int pid) : group(pid), session(pid), pid_(pid), next_tid_(pid) {}

Process::~Process() = default;

ErrnoOr<ProcessTimers*> Process::timers() {
    if (!timers_) timers_ = MF_TRY(make_owned<ProcessTimers>(*this));
    return timers_.get();
}

int Process::allocate_tid() {
    while (find_thread(next_tid_) != nullptr) next_tid_ = next_tid_ == kMaxPid ? pid_ + 1 : next_tid_ + 1;
    const int tid = next_tid_;
    next_tid_ = tid == kMaxPid ? pid_ + 1 : tid + 1;
    return tid;
}

void Process::add_thread(Thread& thread) {
    threads_.push_back(thread);
    if (++thread_count_ > thread_peak_) thread_peak_ = thread_count_;
}

void Process::remove_thread(Thread& thread) {
    exited_threads_cpu_ns += cpu_time_ns(thread);
    threads_.remove(thread);
    --thread_count_;
    for (Thread*& taker : signals_.taker)
        if (taker == &thread) taker = nullptr;
}

Thread* Process::find_thread(int tid) {
    for (Thread* thread = threads_.front(); thread != nullptr; thread = threads_.next(*thread))
        if (thread->tid() == tid) return thread;
    return nullptr;
}

u64 cpu_time_ns(Process& process) {
    u64 sum = process.exited_threads_cpu_ns;
    for (Thread* thread = process.threads().front(); thread != nullptr; thread = process.threads().next(*thread))
        sum += cpu_time_ns(*thread);
    return sum;
}

}  // namespace mayfly::guest
