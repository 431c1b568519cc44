#include "guest/signal/default_action.h"
#include "guest/signal/deliver.h"
#include "guest/signal/signal_frame.h"
#include "guest/signal/syscalls.h"

namespace mayfly::guest {
namespace {

// Others are dropped and not handed back, as Linux does since 5.11; V8 sets all upper bits.
constexpr u64 kKnownFlags =
    SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_ONSTACK | SA_RESTART | SA_NODEFER | SA_RESETHAND | SA_RESTORER;

// What is ignored from now on is not delivered later (sigaction(2), POSIX).
void discard_pending(Process& process, int signal) {
    const SignalMask mask = SignalMask::of(signal);
    process.signals().pending.discard(mask);
    for (Thread* thread = process.threads().front(); thread != nullptr; thread = process.threads().next(*thread))
        thread->signals().pending.discard(mask);
}

}  // namespace

SysResult sys_rt_sigaction(Thread& self, int signal, UserPtr<UserSigaction> action, UserPtr<UserSigaction> old,
                           usize mask_bytes) {
    if (mask_bytes != sizeof(u64) || !is_signal(signal)) return fail(EINVAL);
    if (!action.is_null() && kUnblockable.has(signal)) return fail(EINVAL);

    SignalAction& current_action = self.process().signals().of(signal);
    const SignalAction before = current_action;
    if (!action.is_null()) {
        const UserSigaction wanted = MF_TRY(action.get());
        current_action = {wanted.handler, wanted.flags & kKnownFlags, wanted.restorer,
                          SignalMask{wanted.mask}.without(kUnblockable)};
        if (ignores(current_action, signal)) discard_pending(self.process(), signal);
    }
    if (!old.is_null()) MF_TRY(old.put({before.handler, before.flags, before.restorer, before.mask.bits()}));
    return 0;
}

SysResult sys_rt_sigreturn(Thread& self) {
    TrapFrame& frame = self.frame();
    if (!pop_signal_frame(self, frame)) force_fault(self, SIGSEGV, SI_KERNEL, 0, 0, 0);
    return static_cast<long>(frame.rax);
}

}  // namespace mayfly::guest
