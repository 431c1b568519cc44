// The system calls of this folder.
#pragma once

#include <asm/unistd_64.h>
#include <linux/eventpoll.h>
#include <linux/time_types.h>

#include "guest/fs/fd_table.h"
#include "guest/ipc/socket_abi.h"
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

SysResult sys_memfd_create(Thread& self, UserString name, unsigned flags);

SysResult sys_socket(Thread& self, int family, int type, int protocol);
SysResult sys_socketpair(Thread& self, int family, int type, int protocol, UserPtr<int> out);
SysResult sys_bind(Thread& self, int fd, UserAddr address, int bytes);
SysResult sys_listen(Thread& self, int fd, int backlog);
SysResult sys_accept(Thread& self, int fd, UserAddr address, UserPtr<int> bytes);
SysResult sys_accept4(Thread& self, int fd, UserAddr address, UserPtr<int> bytes, int flags);
SysResult sys_connect(Thread& self, int fd, UserAddr address, int bytes);
SysResult sys_shutdown(Thread& self, int fd, int how);
SysResult sys_getsockname(Thread& self, int fd, UserAddr address, UserPtr<int> bytes);
SysResult sys_getpeername(Thread& self, int fd, UserAddr address, UserPtr<int> bytes);
SysResult sys_setsockopt(Thread& self, int fd, int level, int name, UserAddr value, int bytes);
SysResult sys_getsockopt(Thread& self, int fd, int level, int name, UserAddr value, UserPtr<int> bytes);
SysResult sys_sendto(Thread& self, int fd, UserAddr data, usize bytes, int flags, UserAddr address, int address_bytes);
SysResult sys_recvfrom(Thread& self, int fd, UserAddr data, usize bytes, int flags, UserAddr address,
                       UserPtr<int> address_bytes);
SysResult sys_sendmsg(Thread& self, int fd, UserPtr<UserMessageHeader> message, int flags);
SysResult sys_recvmsg(Thread& self, int fd, UserPtr<UserMessageHeader> message, int flags);
SysResult sys_sendmmsg(Thread& self, int fd, UserPtr<UserMultipleHeader> messages, unsigned count, int flags);
SysResult sys_recvmmsg(Thread& self, int fd, UserPtr<UserMultipleHeader> messages, unsigned count, int flags,
                       UserPtr<__kernel_timespec> timeout);

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
    table.add<sys_memfd_create>(__NR_memfd_create, "memfd_create", Support::partial, "no huge pages");
    table.add<sys_socket>(__NR_socket, "socket", Support::partial,
                          "AF_UNIX, and TCP and UDP of AF_INET and AF_INET6 within the guest");
    table.add<sys_socketpair>(__NR_socketpair, "socketpair");
    table.add<sys_bind>(__NR_bind, "bind");
    table.add<sys_listen>(__NR_listen, "listen");
    table.add<sys_accept>(__NR_accept, "accept");
    table.add<sys_accept4>(__NR_accept4, "accept4");
    table.add<sys_connect>(__NR_connect, "connect", Support::partial, "ENETUNREACH beyond 127.0.0.0/8 and ::1");
    table.add<sys_shutdown>(__NR_shutdown, "shutdown");
    table.add<sys_getsockname>(__NR_getsockname, "getsockname");
    table.add<sys_getpeername>(__NR_getpeername, "getpeername");
    table.add<sys_setsockopt>(__NR_setsockopt, "setsockopt", Support::partial,
                              "most options are kept and change nothing");
    table.add<sys_getsockopt>(__NR_getsockopt, "getsockopt", Support::partial, "no TCP_INFO");
    table.add<sys_sendto>(__NR_sendto, "sendto");
    table.add<sys_recvfrom>(__NR_recvfrom, "recvfrom");
    table.add<sys_sendmsg>(__NR_sendmsg, "sendmsg");
    table.add<sys_recvmsg>(__NR_recvmsg, "recvmsg", Support::partial, "no MSG_ERRQUEUE");
    table.add<sys_sendmmsg>(__NR_sendmmsg, "sendmmsg");
    table.add<sys_recvmmsg>(__NR_recvmmsg, "recvmmsg");
    table.refuse(__NR_signalfd, "signalfd", "signals are taken by handlers or sigtimedwait");
    table.refuse(__NR_signalfd4, "signalfd4", "signals are taken by handlers or sigtimedwait");
}

}  // namespace mayfly::guest
