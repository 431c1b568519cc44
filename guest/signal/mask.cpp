#include "guest/signal/deliver.h"
#include "guest/signal/syscalls.h"

namespace mayfly::guest {

SysResult sys_rt_sigprocmask(Thread& self, int how, UserPtr<u64> set, UserPtr<u64> old, usize mask_bytes) {
    if (mask_bytes != sizeof(u64)) return fail(EINVAL);
    SignalMask& mask = self.signals().mask;
    const SignalMask before = mask;
    if (!set.is_null()) {
        const SignalMask wanted = SignalMask{MF_TRY(set.get())}.without(kUnblockable);
        switch (how) {
        case SIG_BLOCK: mask = mask | wanted; break;
        case SIG_UNBLOCK: mask = mask.without(wanted); break;
        case SIG_SETMASK: mask = wanted; break;
        default: return fail(EINVAL);
        }
        redirect_signals(self.process());
    }
    if (!old.is_null()) MF_TRY(old.put(before.bits()));
    return 0;
}

SysResult sys_rt_sigpending(Thread& self, UserAddr set, usize mask_bytes) {
    if (mask_bytes > sizeof(u64)) return fail(EINVAL);
    const SignalMask pending = self.signals().pending.set() | self.process().signals().pending.set();
    const u64 bits = (pending & self.signals().mask).bits();
    MF_TRY(copy_to_user(set, &bits, mask_bytes));
    return 0;
}

}  // namespace mayfly::guest
