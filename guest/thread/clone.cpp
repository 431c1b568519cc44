// New threads. Processes (fork, vfork, posix_spawn) are not there: ENOSYS, which Python turns into an
// OSError that says so.
#include <linux/sched.h>

#include <cstring>

#include "guest/arch/cpu.h"
#include "guest/arch/fpu.h"
#include "guest/thread/process.h"
#include "guest/thread/scheduler.h"
#include "guest/thread/syscalls.h"

namespace mayfly::guest {
namespace {

// What a thread shares with its process here: everything.
constexpr u64 kThreadFlags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
constexpr u64 kHarmlessFlags = CLONE_SYSVSEM | CLONE_DETACHED | CLONE_IO | CLONE_PTRACE | CLONE_UNTRACED |
                               CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
constexpr usize kSmallestCloneArgs = 64;  // CLONE_ARGS_SIZE_VER0

struct Request {
    u64 flags;
    u64 stack_pointer;  // 0 = the parent's
    UserPtr<int> parent_tid;
    UserPtr<int> child_tid;
    u64 tls;
};

ErrnoOr<void> check(const Request& request, const Process& process) {
    const u64 flags = request.flags;
    if ((flags & CLONE_THREAD) != 0 && (flags & CLONE_SIGHAND) == 0) return fail(EINVAL);
    if ((flags & CLONE_SIGHAND) != 0 && (flags & CLONE_VM) == 0) return fail(EINVAL);
    if ((flags & kThreadFlags) != kThreadFlags) return fail(ENOSYS);
    if ((flags & ~(kThreadFlags | kHarmlessFlags)) != 0) return fail(EINVAL);
    if ((flags & CLONE_SETTLS) != 0 && request.tls >= kUserEnd) return fail(EPERM);
    if (process.thread_count() >= process.limits[RLIMIT_NPROC].soft) return fail(EAGAIN);
    return {};
}

TrapFrame first_frame(const TrapFrame& parent, const Request& request) {
    TrapFrame frame = parent;
    frame.rax = 0;
    if (request.stack_pointer != 0) frame.rsp = request.stack_pointer;
    return frame;
}

// All of it before the thread is started, as nothing can be undone then.
ErrnoOr<void> publish_tid(Thread& child, const Request& request) {
    if ((request.flags & CLONE_PARENT_SETTID) != 0) MF_TRY(request.parent_tid.put(child.tid()));
    if ((request.flags & CLONE_CHILD_SETTID) != 0) MF_TRY(request.child_tid.put(child.tid()));
    if ((request.flags & CLONE_CHILD_CLEARTID) != 0) child.clear_child_tid = request.child_tid.address();
    return {};
}

SysResult clone_thread(Thread& self, const Request& request) {
    Process& process = self.process();
    MF_TRY(check(request, process));
    auto child = MF_TRY(Thread::create(process, first_frame(self.frame(), request)));
    MF_TRY(publish_tid(*child, request));

    child->fs_base = (request.flags & CLONE_SETTLS) != 0 ? request.tls : read_fs_base();
    child->gs_base = read_gs_base();
    // Rounding mode and exception masks are inherited (pthread_create(3)); the rest does no harm.
    xsave(child->xsave_area);
    child->signals().mask = self.signals().mask;
    std::memcpy(child->name, self.name, sizeof self.name);

    process.add_thread(*child);
    start(*child);
    return child->tid();
}

// What a newer program knows and this kernel does not must be zero (clone3(2)).
ErrnoOr<clone_args> read_clone_args(UserAddr from, usize bytes) {
    if (bytes < kSmallestCloneArgs) return fail(EINVAL);
    if (bytes > kPageSize) return fail(E2BIG);
    clone_args arguments{};
    const usize known = bytes < sizeof arguments ? bytes : sizeof arguments;
    MF_TRY(copy_from_user(&arguments, from, known));
    for (usize offset = known; offset < bytes; ++offset) {
        char extra = 0;
        MF_TRY(copy_from_user(&extra, from + offset, 1));
        if (extra != 0) return fail(E2BIG);
    }
    return arguments;
}

}  // namespace

SysResult sys_clone(Thread& self, u64 flags, u64 stack, UserPtr<int> parent_tid, UserPtr<int> child_tid, u64 tls) {
    // The low byte is the signal to the parent at the child's end, of which a thread sends none.
    return clone_thread(self, {flags & ~u64{CSIGNAL}, stack, parent_tid, child_tid, tls});
}

SysResult sys_clone3(Thread& self, UserAddr arguments, usize bytes) {
    const clone_args wanted = MF_TRY(read_clone_args(arguments, bytes));
    if ((wanted.flags & (CLONE_DETACHED | CSIGNAL)) != 0 || wanted.exit_signal > CSIGNAL) return fail(EINVAL);
    if ((wanted.stack == 0) != (wanted.stack_size == 0)) return fail(EINVAL);
    if ((wanted.flags & CLONE_THREAD) != 0 && wanted.exit_signal != 0) return fail(EINVAL);
    if (!user_range_ok(UserAddr{wanted.stack}, wanted.stack_size)) return fail(EINVAL);
    if (wanted.set_tid_size != 0) return fail(EPERM);
    return clone_thread(self,
                        {wanted.flags, wanted.stack + wanted.stack_size, UserPtr<int>{UserAddr{wanted.parent_tid}},
                         UserPtr<int>{UserAddr{wanted.child_tid}}, wanted.tls});
}

}  // namespace mayfly::guest
