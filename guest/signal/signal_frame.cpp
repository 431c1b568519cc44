#include "guest/signal/signal_frame.h"

#include <asm/sigcontext.h>
#include <asm/ucontext.h>

#include "abi/kernel_header.h"
#include "guest/signal/alternate_stack.h"
#include "guest/signal/deliver.h"
#include "guest/signal/xstate_frame.h"

namespace mayfly::guest {
namespace {

constexpr u64 kRedZoneBytes = 128;  // System V ABI for x86-64, 3.2.2: below RSP, in use by leaf functions

constexpr u64 kFlagTrap = 1u << 8, kFlagDirection = 1u << 10, kFlagResume = 1u << 16;
// What a handler may change: CF PF AF ZF SF TF DF OF RF AC (Linux's FIX_EFLAGS).
constexpr u64 kUserFlags = 0x0001'0dd5 | 1u << 18;

struct SignalFrame {
    u64 return_address;  // SA_RESTORER, which calls rt_sigreturn
    struct ucontext context;
    siginfo_t info;
};
static_assert(sizeof(struct ucontext) == 304 && sizeof(SignalFrame) == 440);

sigcontext save_registers(const TrapFrame& frame, const FaultRecord& fault) {
    sigcontext saved{};
    saved.r8 = frame.r8, saved.r9 = frame.r9, saved.r10 = frame.r10, saved.r11 = frame.r11;
    saved.r12 = frame.r12, saved.r13 = frame.r13, saved.r14 = frame.r14, saved.r15 = frame.r15;
    saved.rdi = frame.rdi, saved.rsi = frame.rsi, saved.rbp = frame.rbp, saved.rbx = frame.rbx;
    saved.rdx = frame.rdx, saved.rax = frame.rax, saved.rcx = frame.rcx, saved.rsp = frame.rsp;
    saved.rip = frame.rip;
    saved.eflags = frame.rflags;
    saved.cs = abi::kUserCs;
    saved.ss = abi::kUserSs;
    saved.err = fault.error;
    saved.trapno = fault.trap_number;
    saved.cr2 = fault.address;
    return saved;
}

void restore_registers(const sigcontext& saved, TrapFrame& frame) {
    frame.r8 = saved.r8, frame.r9 = saved.r9, frame.r10 = saved.r10, frame.r11 = saved.r11;
    frame.r12 = saved.r12, frame.r13 = saved.r13, frame.r14 = saved.r14, frame.r15 = saved.r15;
    frame.rdi = saved.rdi, frame.rsi = saved.rsi, frame.rbp = saved.rbp, frame.rbx = saved.rbx;
    frame.rdx = saved.rdx, frame.rax = saved.rax, frame.rcx = saved.rcx, frame.rsp = saved.rsp;
    frame.rip = saved.rip;
    frame.rflags = (frame.rflags & ~kUserFlags) | (saved.eflags & kUserFlags);
    frame.cs = abi::kUserCs;
    frame.ss = abi::kUserSs;
    frame.vector = kResumedVector;
}

// Where on the stack the two parts of a frame go.
struct Placement {
    u64 frame;
    u64 xstate;
};

ErrnoOr<Placement> place(const ThreadSignals& signals, const TrapFrame& frame, const SignalAction& action) {
    const bool nested = on_alternate_stack(signals, frame.rsp);
    u64 top = frame.rsp - kRedZoneBytes;
    const bool enters = (action.flags & SA_ONSTACK) != 0 && signals.alternate_stack_bytes != 0 && !nested;
    if (enters) top = signals.alternate_stack + signals.alternate_stack_bytes;

    Placement result{};
    result.xstate = round_down(top - xstate_frame_bytes(), 64);
    // As if called: RSP + 8 is a multiple of 16 at a function's first instruction.
    result.frame = round_down(result.xstate - sizeof(SignalFrame), 16) - 8;
    if ((enters || nested) && !fits_alternate_stack(signals, result.frame)) return fail(EFAULT);
    if (result.frame > top || !user_range_ok(UserAddr{result.frame}, top - result.frame)) return fail(EFAULT);
    return result;
}

ErrnoOr<void> write_frame(Thread& thread, const TrapFrame& frame, const SignalAction& action, const siginfo_t& info,
                          const Placement& at) {
    const SignalMask mask = thread.signals().mask;
    SignalFrame content{};
    content.return_address = action.restorer;
    content.context.uc_flags = UC_FP_XSTATE | UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS;
    content.context.uc_stack = alternate_stack_of(thread.signals());
    content.context.uc_mcontext = save_registers(frame, thread.signals().fault);
    content.context.uc_mcontext.oldmask = mask.bits();
    // A pointer for user space: a number here.
    content.context.uc_mcontext.fpstate = reinterpret_cast<struct _fpstate*>(at.xstate);
    content.context.uc_sigmask = mask.bits();
    content.info = info;
    MF_TRY(copy_to_user(UserAddr{at.frame}, &content, sizeof content));
    return save_xstate(UserAddr{at.xstate});  // last: it is what can't be undone
}

}  // namespace

bool push_signal_frame(Thread& thread, TrapFrame& frame, const SignalAction& action, const siginfo_t& info) {
    // IRET to an address that is none would fault inside the kernel.
    if ((action.flags & SA_RESTORER) == 0 || action.handler >= kUserEnd) return false;
    auto at = place(thread.signals(), frame, action);
    if (!at || !write_frame(thread, frame, action, info, *at)) return false;
    disarm_alternate_stack(thread.signals());

    frame.rip = action.handler;
    frame.rsp = at->frame;
    frame.rdi = static_cast<u64>(info.si_signo);
    frame.rsi = at->frame + offsetof(SignalFrame, info);
    frame.rdx = at->frame + offsetof(SignalFrame, context);
    frame.rax = 0;  // the number of vector registers used, for a handler that is declared with (...)
    frame.rflags &= ~(kFlagDirection | kFlagTrap | kFlagResume);
    frame.cs = abi::kUserCs;
    frame.ss = abi::kUserSs;
    frame.vector = kResumedVector;
    return true;
}

bool pop_signal_frame(Thread& thread, TrapFrame& frame) {
    SignalFrame content;
    // The handler's RET has taken the return address.
    if (!copy_from_user(&content, UserAddr{frame.rsp - sizeof(u64)}, sizeof content)) return false;
    const sigcontext& saved = content.context.uc_mcontext;
    if (saved.rip >= kUserEnd || saved.rsp > kUserEnd) return false;
    if (!load_xstate(UserAddr{reinterpret_cast<u64>(saved.fpstate)})) return false;

    restore_registers(saved, frame);
    thread.signals().mask = SignalMask{content.context.uc_sigmask}.without(kUnblockable);
    redirect_signals(thread.process());
    // As Linux: a handler that left nonsense there keeps the stack it has.
    static_cast<void>(set_alternate_stack(thread.signals(), content.context.uc_stack, frame.rsp));
    return true;
}

}  // namespace mayfly::guest
