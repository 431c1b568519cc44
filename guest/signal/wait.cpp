// Waiting for signals.
#include "guest/signal/choose.h"
#include "guest/signal/deliver.h"
#include "guest/signal/syscalls.h"

namespace mayfly::guest {
namespace {

SysResult wait_for_handler(Thread& self) {
    while (!signal_pending(self)) block();
    return fail(kRestartNoHandler);
}

// Waits until a signal of `wanted` could be taken; EAGAIN at the deadline, EINTR when another came.
ErrnoOr<void> wait_and_take(Thread& self, SignalMask wanted, Deadline deadline, siginfo_t& info) {
    while (!take_signal(self, wanted, info)) {
        if (signal_pending(self)) return fail(EINTR);
        self.signals().awaited = wanted;
        const Wake reason = block(deadline);
        self.signals().awaited = {};
        if (reason != Wake::timeout) continue;
        if (take_signal(self, wanted, info)) break;
        return fail(EAGAIN);
    }
    return {};
}

}  // namespace

SysResult sys_pause(Thread& self) { return wait_for_handler(self); }

SysResult sys_rt_sigsuspend(Thread& self, UserPtr<u64> mask, usize mask_bytes) {
    if (mask_bytes != sizeof(u64)) return fail(EINVAL);
    const SignalMask wanted{MF_TRY(mask.get())};
    set_temporary_mask(self, wanted);
    return wait_for_handler(self);
}

SysResult sys_rt_sigtimedwait(Thread& self, UserPtr<u64> set, UserPtr<siginfo_t> info, UserPtr<Timespec> timeout,
                              usize mask_bytes) {
    if (mask_bytes != sizeof(u64)) return fail(EINVAL);
    const SignalMask wanted = SignalMask{MF_TRY(set.get())}.without(kUnblockable);
    const Deadline deadline = MF_TRY(deadline_after(timeout));

    siginfo_t taken;
    MF_TRY(wait_and_take(self, wanted, deadline, taken));
    if (!info.is_null()) MF_TRY(info.put(taken));
    return taken.si_signo;
}

}  // namespace mayfly::guest
