// One vCPU: round robin over the runnable threads, a tick only while somebody else waits for the CPU
// or for a time, and the doorbell when nobody can run.
#pragma once

#include "guest/thread/thread.h"
#include "guest/thread/timer.h"

namespace mayfly::guest {

// Makes a new thread runnable; the scheduler keeps it alive until it has ended.
void start(Thread& thread);
// At boot: `thread` is the current one from now on, so that its program's memory can be filled.
void adopt_first(Thread& thread);
// Enters user mode with it; never returns.
[[noreturn]] void run_first();
// Gives other runnable threads a turn (sched_yield, end of a time slice).
void yield();
// Makes a blocked thread runnable; its block() returns `reason`. Nothing for a runnable one.
void wake(Thread& thread, Wake reason);
// Ends the current thread, which has left its process already; never returns.
[[noreturn]] void exit_current();
// On the way out to user mode, from system call, exception and tick: time slice, timers, signals.
void before_return_to_user(TrapFrame& frame);
// In a call that may take long: gives others their turn when a tick fell due, as the way out does. False when a
// signal waits and the call should end with what it has done.
bool may_go_on();
usize runnable_threads();
// CPU time of a thread, the running slice included.
u64 cpu_time_ns(const Thread& thread);

// Saves the current thread's registers that the VMM does not (FPU, FS and GS base) and brings them
// back: around a doorbell at which the microVM may be captured.
void save_user_state();
void restore_user_state();
// Does somebody but the current thread wait for the CPU, for a time or for input?
bool others_wait();

}  // namespace mayfly::guest
