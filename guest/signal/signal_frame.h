// The frame of a signal handler on the user stack, laid out as Linux does on x86-64: programs read and
// change it (ucontext), and unwinders know it.
#pragma once

#include "guest/arch/trap_frame.h"
#include "guest/thread/thread.h"

namespace mayfly::guest {

// Makes `frame` enter the handler, with what it held before and the thread's mask saved on the stack.
// False when the stack can't take it; then nothing has changed.
bool push_signal_frame(Thread& thread, TrapFrame& frame, const SignalAction& action, const siginfo_t& info);
// The reverse, for rt_sigreturn(2). False when what lies there is no frame.
bool pop_signal_frame(Thread& thread, TrapFrame& frame);

// TrapFrame::vector of a thread that does not return from a system call, whatever it came in by.
inline constexpr u64 kResumedVector = 257;

}  // namespace mayfly::guest
