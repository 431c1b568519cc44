// The system calls of this folder.
#pragma once

#include <asm/unistd_64.h>
#include <linux/eventpoll.h>
#include <linux/time_types.h>

#include "guest/fs/fd_table.h"
#include "guest/syscall/table.h"

namespace mayfly::guest {

// pselect6's sixth argument: six registers are not enough for a mask and its size.
struct PselectMask {
    u64 mask;
    u64 bytes;
};

SysResult sys_pipe(Thread& self, UserPtr<int> out);
SysResult sys_pipe2(Thread& self, UserPtr<int> out, int flags);

SysResult sys_eventfd(Thread& self, unsigned count);
SysResult sys_eventfd2(Thread& self, unsigned count, int flags);

SysResult sys_timerfd_create(Thread& self, int clock, int flags);
SysResult sys_timerfd_settime(Thread& self, int fd, int flags, UserPtr<__kernel_itimerspec> value,
                              UserPtr<__kernel_itimerspec> old);
SysResult sys_timerfd_gettime(Thread& self, int fd, UserPtr<__kernel_itimerspec> out);

SysResult sys_poll(Thread& self, UserPtr<pollfd> fds, unsigned count, int timeout_ms);
SysResult sys_ppoll(Thread& self, UserPtr<pollfd> fds, unsigned count, UserPtr<__kernel_timespec> timeout,
                    UserPtr<u64> mask, usize mask_bytes);
SysResult sys_select(Thread& self, int count, UserAddr read, UserAddr write, UserAddr except,
                     UserPtr<__kernel_old_timeval> timeout);
SysResult sys_pselect6(Thread& self, int count, UserAddr read, UserAddr write, UserAddr except,
                       UserPtr<__kernel_timespec> timeout, UserPtr<PselectMask> mask);

SysResult sys_epoll_create(Thread& self, int size);
SysResult sys_epoll_create1(Thread& self, int flags);
SysResult sys_epoll_ctl(Thread& self, int epoll_fd, int operation, int fd, UserPtr<epoll_event> event);
SysResult sys_epoll_wait(Thread& self, int epoll_fd, UserPtr<epoll_event> out, int max, int timeout_ms);
SysResult sys_epoll_pwait(Thread& self, int epoll_fd, UserPtr<epoll_event> out, int max, int timeout_ms,
                          UserPtr<u64> mask, usize mask_bytes);
SysResult sys_epoll_pwait2(Thread& self, int epoll_fd, UserPtr<epoll_event> out, int max,
                           UserPtr<__kernel_timespec> timeout, UserPtr<u64> mask, usize mask_bytes);

consteval void add_ipc_syscalls(SyscallTable& table) {
    table.add<sys_pipe>(__NR_pipe, "pipe");
    table.add<sys_pipe2>(__NR_pipe2, "pipe2", Support::partial, "O_DIRECT (packets) is refused");
    table.add<sys_eventfd>(__NR_eventfd, "eventfd");
    table.add<sys_eventfd2>(__NR_eventfd2, "eventfd2");
    table.add<sys_timerfd_create>(__NR_timerfd_create, "timerfd_create");
    table.add<sys_timerfd_settime>(__NR_timerfd_settime, "timerfd_settime", Support::partial,
                                   "TFD_TIMER_CANCEL_ON_SET is accepted and never cancels");
    table.add<sys_timerfd_gettime>(__NR_timerfd_gettime, "timerfd_gettime");
    table.add<sys_poll>(__NR_poll, "poll");
    table.add<sys_ppoll>(__NR_ppoll, "ppoll");
    table.add<sys_select>(__NR_select, "select");
    table.add<sys_pselect6>(__NR_pselect6, "pselect6");
    table.add<sys_epoll_create>(__NR_epoll_create, "epoll_create");
    table.add<sys_epoll_create1>(__NR_epoll_create1, "epoll_create1");
    table.add<sys_epoll_ctl>(__NR_epoll_ctl, "epoll_ctl", Support::partial, "EPOLLEXCLUSIVE wakes every waiter");
    table.add<sys_epoll_wait>(__NR_epoll_wait, "epoll_wait");
    table.add<sys_epoll_pwait>(__NR_epoll_pwait, "epoll_pwait");
    table.add<sys_epoll_pwait2>(__NR_epoll_pwait2, "epoll_pwait2");
    table.refuse(__NR_signalfd, "signalfd", "signals are taken by handlers or sigtimedwait");
    table.refuse(__NR_signalfd4, "signalfd4", "signals are taken by handlers or sigtimedwait");
    table.refuse(__NR_inotify_init, "inotify_init", "files are not watched");
    table.refuse(__NR_inotify_init1, "inotify_init1", "files are not watched");
    table.refuse(__NR_inotify_add_watch, "inotify_add_watch", "files are not watched");
    table.refuse(__NR_inotify_rm_watch, "inotify_rm_watch", "files are not watched");
}

}  // namespace mayfly::guest
