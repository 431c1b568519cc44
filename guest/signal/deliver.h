// Sending signals, and delivering them on the way out to user mode.
#pragma once

#include "guest/arch/trap_frame.h"
#include "guest/thread/process.h"
#include "guest/thread/thread.h"

namespace mayfly::guest {

// A siginfo with signal number and code, all else zero.
siginfo_t make_siginfo(int signal, int code);

// False when a real-time signal was lost because too many are queued already.
bool send_signal_to_thread(Thread& thread, const siginfo_t& info);
bool send_signal_to_process(Process& process, const siginfo_t& info);
// From the kernel itself (SI_KERNEL), as SIGPIPE and SIGXFSZ are.
void raise_signal(Thread& thread, int signal);

// The signal of an exception: ends the program when it is blocked or ignored.
void force_fault(Thread& thread, int signal, int code, u64 address, u64 trap_number, u64 error);

// Does a signal wait that this thread does not block and should take?
bool signal_pending(const Thread& thread);

// On every way out to user mode, from system calls, exceptions and ticks, with the frame the thread
// will return to: runs default actions, builds frames for handlers, and decides what becomes of an
// interrupted system call (its frame has kSyscallVector, -kRestart or -kRestartNoHandler in rax and
// its number in `error`).
void deliver_signals(TrapFrame& frame);

// After a thread blocked more signals or ended: what it should have taken goes to other threads.
void redirect_signals(Process& process);

// Lets `mask` hold while the current call waits; deliver_signals() ends it (ThreadSignals::saved_mask).
void set_temporary_mask(Thread& thread, SignalMask mask);
// The same with the mask that user space passed; null changes nothing. EINVAL unless bytes is 8.
ErrnoOr<void> set_temporary_mask(Thread& thread, UserPtr<u64> mask, usize bytes);

}  // namespace mayfly::guest
