#include "guest/thread/scheduler.h"

#include "guest/arch/control.h"
#include "guest/arch/cpu.h"
#include "guest/arch/doorbell.h"
#include "guest/arch/fpu.h"
#include "guest/fs/console.h"
#include "guest/lib/global.h"
#include "guest/signal/deliver.h"
#include "guest/thread/tick.h"
#include "guest/time/clock.h"

namespace mayfly::guest {

extern "C" {
extern u64 kernel_stack_top;  // entry.S: where entries from user mode begin to push
void switch_stacks(u64* save_rsp, u64 load_rsp);
[[noreturn]] void thread_entry();
}

namespace {

constinit Thread* running = nullptr;
constinit u64 slice_start_ns = 0;
constinit Thread* ended = nullptr;  // its kernel stack is freed once another thread runs
constinit usize runnable_count = 0;
constinit Global<List<Thread, &Thread::run_node>> run_queue;
constinit Global<List<Thread, &Thread::sleep_node>> sleepers;  // the next to wake first

void make_runnable(Thread& thread) {
    thread.state = Thread::State::runnable;
    run_queue->push_back(thread);
    ++runnable_count;
}

void sleep_until(Thread& thread, Deadline deadline) {
    thread.wake_at = deadline;
    if (deadline.is_never()) return;
    Thread* later = sleepers->front();
    while (later != nullptr && later->wake_at.monotonic_ns <= deadline.monotonic_ns) later = sleepers->next(*later);
    if (later != nullptr)
        sleepers->insert(*later, thread);
    else
        sleepers->push_back(thread);
}

void wake_sleepers(u64 now_ns) {
    for (;;) {
        Thread* first = sleepers->front();
        if (first == nullptr || first->wake_at.monotonic_ns > now_ns) return;
        wake(*first, Wake::timeout);
    }
}

void run_expired() {
    const u64 now = monotonic_ns();
    wake_sleepers(now);
    run_expired_timers(now);
}

// Ends the running thread's time slice in its account: it waits now, or the whole microVM does.
void charge() {
    const u64 now = monotonic_ns();
    running->cpu_ns += now - slice_start_ns;
    slice_start_ns = now;
}

// Nobody can run: waits for the nearest time, or for input.
void idle() {
    run_expired();
    if (!run_queue->empty()) return;
    Thread* sleeper = sleepers->front();
    const u64 wake_at = sleeper == nullptr ? abi::kIdleForever : sleeper->wake_at.monotonic_ns;
    const u64 timer = next_timer_ns();
    mailbox().idle_until_ns = timer < wake_at ? timer : wake_at;
    mailbox().idle_for_input = console_input_is_watched() ? 1 : 0;
    charge();
    ring(abi::Doorbell::idle);
    slice_start_ns = monotonic_ns();
    look_for_console_input();
    run_expired();
}

Thread& next_thread() {
    while (run_queue->empty()) idle();
    --runnable_count;
    return *run_queue->pop_front();
}

void free_ended() {
    if (ended == nullptr) return;
    ended->release();
    ended = nullptr;
}

void become(Thread& thread) {
    running = &thread;
    kernel_stack_top = thread.kernel_stack_top;
    slice_start_ns = monotonic_ns();
}

// Switches to another thread; returns when this one gets the CPU again.
void switch_to(Thread& next) {
    Thread& self = *running;
    save_user_state();
    become(next);
    switch_stacks(&self.kernel_rsp, next.kernel_rsp);
    free_ended();
    restore_user_state();
}

void reschedule() {
    Thread& next = next_thread();
    if (&next != running) switch_to(next);
}

void take_tick() {
    if (!tick_fell_due()) return;
    run_expired();
    look_for_console_input();
    yield();
}

}  // namespace

Thread& current() { return *running; }
usize runnable_threads() { return runnable_count + 1; }

u64 cpu_time_ns(const Thread& thread) {
    return thread.cpu_ns + (&thread == running ? monotonic_ns() - slice_start_ns : 0);
}

void save_user_state() {
    Thread& self = *running;
    charge();
    xsave(self.xsave_area);
    self.fs_base = read_fs_base();
    self.gs_base = read_gs_base();
}

void restore_user_state() {
    const Thread& self = *running;
    slice_start_ns = monotonic_ns();
    xrstor(self.xsave_area);
    write_fs_base(self.fs_base);
    write_gs_base(self.gs_base);
}

void start(Thread& thread) {
    thread.retain();
    make_runnable(thread);
}

void adopt_first(Thread& thread) {
    thread.retain();
    thread.state = Thread::State::runnable;
    become(thread);
}

void run_first() {
    u64 boot_stack;
    switch_stacks(&boot_stack, running->kernel_rsp);
    __builtin_unreachable();
}

// entry.S: the first time a thread gets the CPU.
extern "C" void leave_new_thread(TrapFrame* frame) {
    free_ended();
    restore_user_state();
    before_return_to_user(*frame);
}

void yield() {
    if (run_queue->empty()) return;
    make_runnable(*running);
    reschedule();
}

void wake(Thread& thread, Wake reason) {
    if (thread.state != Thread::State::blocked) return;
    thread.sleep_node.unlink();
    thread.wake_reason = reason;
    make_runnable(thread);
}

Wake block(Deadline deadline) {
    Thread& self = *running;
    if (signal_pending(self)) return Wake::signal;
    self.state = Thread::State::blocked;
    sleep_until(self, deadline);
    reschedule();
    return self.wake_reason;
}

void exit_current() {
    Thread& self = *running;
    self.state = Thread::State::dead;
    Thread& next = next_thread();
    ended = &self;
    become(next);
    u64 unused;
    switch_stacks(&unused, next.kernel_rsp);
    __builtin_unreachable();
}

bool others_wait() {
    return !run_queue->empty() || sleepers->front() != nullptr || timers_are_armed() || console_input_is_watched();
}

bool may_go_on() {
    take_tick();
    return !signal_pending(*running);
}

void before_return_to_user(TrapFrame& frame) {
    take_tick();
    deliver_signals(frame);
    keep_ticking(others_wait());
}

// --- wait_queue.h -------------------------------------------------------------------------------

Waiter::Waiter() : thread_(current()) {}

void WaitQueue::wake_all() {
    for (Waiter* waiter = waiters_.front(); waiter != nullptr; waiter = waiters_.next(*waiter))
        wake(waiter->thread(), Wake::event);
    notify_listeners();
}

ErrnoOr<void> WaitQueue::wait(Deadline deadline) {
    Waiter waiter;
    add(waiter);
    switch (block(deadline)) {
    case Wake::event: return {};
    case Wake::timeout: return fail(ETIMEDOUT);
    case Wake::signal: return fail(kRestart);
    }
    return {};
}

}  // namespace mayfly::guest
