// The system calls of signals.
#pragma once

#include <asm/unistd.h>

#include "guest/signal/signal_state.h"
#include "guest/syscall/table.h"
#include "guest/time/timespec.h"

namespace mayfly::guest {

// struct sigaction as the kernel interface has it, with numbers for the pointers.
struct UserSigaction {
    u64 handler;
    u64 flags;
    u64 restorer;
    u64 mask;
};

SysResult sys_rt_sigaction(Thread& self, int signal, UserPtr<UserSigaction> action, UserPtr<UserSigaction> old,
                           usize mask_bytes);
SysResult sys_rt_sigprocmask(Thread& self, int how, UserPtr<u64> set, UserPtr<u64> old, usize mask_bytes);
SysResult sys_rt_sigpending(Thread& self, UserAddr set, usize mask_bytes);
SysResult sys_rt_sigsuspend(Thread& self, UserPtr<u64> mask, usize mask_bytes);
SysResult sys_rt_sigtimedwait(Thread& self, UserPtr<u64> set, UserPtr<siginfo_t> info, UserPtr<Timespec> timeout,
                              usize mask_bytes);
SysResult sys_rt_sigreturn(Thread& self);
SysResult sys_sigaltstack(Thread& self, UserPtr<stack_t> stack, UserPtr<stack_t> old);
SysResult sys_pause(Thread& self);
SysResult sys_kill(Thread& self, int pid, int signal);
SysResult sys_tkill(Thread& self, int tid, int signal);
SysResult sys_tgkill(Thread& self, int tgid, int tid, int signal);
SysResult sys_rt_sigqueueinfo(Thread& self, int pid, int signal, UserPtr<siginfo_t> info);
SysResult sys_rt_tgsigqueueinfo(Thread& self, int tgid, int tid, int signal, UserPtr<siginfo_t> info);
SysResult sys_pidfd_open(Thread& self, int pid, unsigned flags);
SysResult sys_pidfd_send_signal(Thread& self, int fd, int signal, UserPtr<siginfo_t> info, unsigned flags);

consteval void add_signal_syscalls(SyscallTable& table) {
    table.add<sys_rt_sigaction>(__NR_rt_sigaction, "rt_sigaction");
    table.add<sys_rt_sigprocmask>(__NR_rt_sigprocmask, "rt_sigprocmask");
    table.add<sys_rt_sigpending>(__NR_rt_sigpending, "rt_sigpending");
    table.add<sys_rt_sigsuspend>(__NR_rt_sigsuspend, "rt_sigsuspend");
    table.add<sys_rt_sigtimedwait>(__NR_rt_sigtimedwait, "rt_sigtimedwait");
    table.add<sys_rt_sigreturn>(__NR_rt_sigreturn, "rt_sigreturn");
    table.add<sys_sigaltstack>(__NR_sigaltstack, "sigaltstack");
    table.add<sys_pause>(__NR_pause, "pause");
    table.add<sys_kill>(__NR_kill, "kill", Support::partial, "stop signals do not stop; one process");
    table.add<sys_tkill>(__NR_tkill, "tkill");
    table.add<sys_tgkill>(__NR_tgkill, "tgkill");
    table.add<sys_rt_sigqueueinfo>(__NR_rt_sigqueueinfo, "rt_sigqueueinfo");
    table.add<sys_rt_tgsigqueueinfo>(__NR_rt_tgsigqueueinfo, "rt_tgsigqueueinfo");
    table.add<sys_pidfd_open>(__NR_pidfd_open, "pidfd_open", Support::partial, "one process");
    table.add<sys_pidfd_send_signal>(__NR_pidfd_send_signal, "pidfd_send_signal", Support::partial, "one process");
}

}  // namespace mayfly::guest
