#include "guest/signal/alternate_stack.h"

#include <linux/signal.h>

#include "guest/thread/thread.h"

namespace mayfly::guest {
namespace {

constexpr int kAutoDisarm = static_cast<int>(SS_AUTODISARM);

}  // namespace

bool fits_alternate_stack(const ThreadSignals& signals, u64 stack_pointer) {
    return stack_pointer > signals.alternate_stack &&
           stack_pointer - signals.alternate_stack <= signals.alternate_stack_bytes;
}

bool on_alternate_stack(const ThreadSignals& signals, u64 stack_pointer) {
    return (signals.alternate_stack_flags & kAutoDisarm) == 0 && fits_alternate_stack(signals, stack_pointer);
}

stack_t alternate_stack_of(const ThreadSignals& signals) {
    stack_t stack{};
    stack.ss_sp = reinterpret_cast<void*>(signals.alternate_stack);  // a number, for user space
    stack.ss_flags = signals.alternate_stack_flags;
    stack.ss_size = signals.alternate_stack_bytes;
    return stack;
}

ErrnoOr<void> set_alternate_stack(ThreadSignals& signals, const stack_t& stack, u64 stack_pointer) {
    if (on_alternate_stack(signals, stack_pointer)) return fail(EPERM);
    const int mode = stack.ss_flags & ~kAutoDisarm;
    if (mode != 0 && mode != SS_ONSTACK && mode != SS_DISABLE) return fail(EINVAL);
    if (mode == SS_DISABLE) {
        signals.alternate_stack = 0;
        signals.alternate_stack_bytes = 0;
        signals.alternate_stack_flags = stack.ss_flags;
        return {};
    }
    if (stack.ss_size < MINSIGSTKSZ) return fail(ENOMEM);
    signals.alternate_stack = reinterpret_cast<u64>(stack.ss_sp);
    signals.alternate_stack_bytes = stack.ss_size;
    signals.alternate_stack_flags = stack.ss_flags;
    return {};
}

void disarm_alternate_stack(ThreadSignals& signals) {
    if ((signals.alternate_stack_flags & kAutoDisarm) == 0) return;
    signals.alternate_stack = 0;
    signals.alternate_stack_bytes = 0;
    signals.alternate_stack_flags = SS_DISABLE;
}

SysResult sys_sigaltstack(Thread& self, UserPtr<stack_t> stack, UserPtr<stack_t> old) {
    ThreadSignals& signals = self.signals();
    stack_t before = alternate_stack_of(signals);
    const bool active = on_alternate_stack(signals, self.frame().rsp);
    const int mode = active ? SS_ONSTACK : signals.alternate_stack_bytes == 0 ? SS_DISABLE : 0;
    before.ss_flags = mode | (signals.alternate_stack_flags & kAutoDisarm);
    if (!stack.is_null()) {
        const stack_t wanted = MF_TRY(stack.get());
        MF_TRY(set_alternate_stack(signals, wanted, self.frame().rsp));
    }
    if (!old.is_null()) MF_TRY(old.put(before));
    return 0;
}

}  // namespace mayfly::guest
