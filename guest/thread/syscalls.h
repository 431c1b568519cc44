// The system calls of threads, ids, limits and scheduling.
#pragma once

#include <asm/unistd.h>
#include <linux/resource.h>
#include <linux/sysinfo.h>
#include <linux/times.h>
#include <linux/utsname.h>

#include "guest/syscall/table.h"
#include "guest/time/timespec.h"

namespace mayfly::guest {

struct UserRlimit {  // struct rlimit64
    u64 soft;
    u64 hard;
};
struct CapabilityHeader {  // cap_user_header_t
    u32 version;
    int pid;
};
struct CapabilityData {  // cap_user_data_t
    u32 effective;
    u32 permitted;
    u32 inheritable;
};

SysResult sys_clone(Thread& self, u64 flags, u64 stack, UserPtr<int> parent_tid, UserPtr<int> child_tid, u64 tls);
SysResult sys_clone3(Thread& self, UserAddr arguments, usize bytes);

SysResult sys_exit(Thread&, int status);
SysResult sys_exit_group(Thread&, int status);

SysResult sys_futex(Thread& self, UserAddr word, int operation, u32 value, u64 timeout_or_count, UserAddr word2,
                    u32 value3);

SysResult sys_set_robust_list(Thread& self, UserAddr head, usize bytes);
SysResult sys_get_robust_list(Thread& self, int tid, UserPtr<u64> head, UserPtr<u64> bytes);

SysResult sys_rseq(Thread& self, UserAddr area, unsigned bytes, int flags, unsigned signature);

SysResult sys_membarrier(Thread& self, int command, unsigned flags, int);

SysResult sys_getpid(Thread& self);
SysResult sys_gettid(Thread& self);
SysResult sys_getppid(Thread&);
SysResult sys_set_tid_address(Thread& self, UserAddr word);
SysResult sys_getpgrp(Thread& self);
SysResult sys_getpgid(Thread& self, int pid);
SysResult sys_getsid(Thread& self, int pid);
SysResult sys_setpgid(Thread& self, int pid, int group);
SysResult sys_setsid(Thread&);

SysResult sys_getuid(Thread& self);
SysResult sys_geteuid(Thread& self);
SysResult sys_getgid(Thread& self);
SysResult sys_getegid(Thread& self);
SysResult sys_getresuid(Thread& self, UserPtr<u32> real, UserPtr<u32> effective, UserPtr<u32> saved);
SysResult sys_getresgid(Thread& self, UserPtr<u32> real, UserPtr<u32> effective, UserPtr<u32> saved);
SysResult sys_setuid(Thread& self, u32 id);
SysResult sys_setgid(Thread& self, u32 id);
SysResult sys_setreuid(Thread& self, u32 real, u32 effective);
SysResult sys_setregid(Thread& self, u32 real, u32 effective);
SysResult sys_setresuid(Thread& self, u32 real, u32 effective, u32 saved);
SysResult sys_setresgid(Thread& self, u32 real, u32 effective, u32 saved);
SysResult sys_setfsuid(Thread& self, u32);
SysResult sys_setfsgid(Thread& self, u32);
SysResult sys_getgroups(Thread& self, int count, UserPtr<u32> list);
SysResult sys_setgroups(Thread& self, usize count, UserPtr<u32> list);

SysResult sys_prlimit64(Thread& self, int pid, unsigned resource, UserPtr<UserRlimit> wanted, UserPtr<UserRlimit> old);
SysResult sys_getrlimit(Thread& self, unsigned resource, UserPtr<UserRlimit> out);
SysResult sys_setrlimit(Thread& self, unsigned resource, UserPtr<UserRlimit> wanted);
SysResult sys_getrusage(Thread& self, int who, UserPtr<struct rusage> out);
SysResult sys_times(Thread& self, UserPtr<struct tms> out);
SysResult sys_sysinfo(Thread& self, UserPtr<struct sysinfo> out);
SysResult sys_uname(Thread&, UserPtr<new_utsname> out);
SysResult sys_sethostname(Thread&, UserAddr, usize);
SysResult sys_setdomainname(Thread&, UserAddr, usize);

SysResult sys_sched_yield(Thread&);
SysResult sys_sched_getaffinity(Thread& self, int tid, unsigned bytes, UserPtr<u64> mask);
SysResult sys_sched_setaffinity(Thread& self, int tid, unsigned bytes, UserAddr mask);
SysResult sys_getcpu(Thread&, UserPtr<u32> cpu, UserPtr<u32> node);
SysResult sys_sched_getscheduler(Thread& self, int tid);
SysResult sys_sched_setscheduler(Thread& self, int tid, int policy, UserPtr<int> priority);
SysResult sys_sched_getparam(Thread& self, int tid, UserPtr<int> priority);
SysResult sys_sched_setparam(Thread& self, int tid, UserPtr<int> priority);
SysResult sys_sched_get_priority_max(Thread&, int policy);
SysResult sys_sched_get_priority_min(Thread&, int policy);
SysResult sys_sched_rr_get_interval(Thread& self, int tid, UserPtr<Timespec> interval);
SysResult sys_getpriority(Thread& self, int which, int who);
SysResult sys_setpriority(Thread& self, int which, int who, int nice);

SysResult sys_prctl(Thread& self, int option, u64 a, u64 b, u64 c, u64 d);
SysResult sys_arch_prctl(Thread&, int option, u64 address);
SysResult sys_personality(Thread& self, unsigned value);

SysResult sys_capget(Thread& self, UserPtr<CapabilityHeader> header, UserPtr<CapabilityData> data);
SysResult sys_capset(Thread&, UserPtr<CapabilityHeader> header, UserPtr<CapabilityData> data);

SysResult sys_wait4(Thread&, int, UserAddr, int options, UserAddr);
SysResult sys_waitid(Thread&, int which, int id, UserAddr, int options, UserAddr);

SysResult sys_getrandom(Thread&, UserAddr to, usize bytes, unsigned flags);

consteval void add_thread_syscalls(SyscallTable& table) {
    table.add<sys_clone>(__NR_clone, "clone", Support::partial, "threads only: a new process is ENOSYS");
    table.add<sys_clone3>(__NR_clone3, "clone3", Support::partial, "threads only: a new process is ENOSYS");
    table.add<sys_exit>(__NR_exit, "exit");
    table.add<sys_exit_group>(__NR_exit_group, "exit_group");
    table.add<sys_futex>(__NR_futex, "futex", Support::partial, "no priority inheritance");
    table.add<sys_set_robust_list>(__NR_set_robust_list, "set_robust_list");
    table.add<sys_get_robust_list>(__NR_get_robust_list, "get_robust_list");
    table.add<sys_rseq>(__NR_rseq, "rseq");
    table.add<sys_membarrier>(__NR_membarrier, "membarrier");
    table.add<sys_getpid>(__NR_getpid, "getpid");
    table.add<sys_gettid>(__NR_gettid, "gettid");
    table.add<sys_getppid>(__NR_getppid, "getppid");
    table.add<sys_set_tid_address>(__NR_set_tid_address, "set_tid_address");
    table.add<sys_getpgrp>(__NR_getpgrp, "getpgrp");
    table.add<sys_getpgid>(__NR_getpgid, "getpgid");
    table.add<sys_getsid>(__NR_getsid, "getsid");
    table.add<sys_setpgid>(__NR_setpgid, "setpgid", Support::partial, "one process, which leads its session");
    table.add<sys_setsid>(__NR_setsid, "setsid", Support::ignored, "EPERM: the program leads a session");
    table.add<sys_getuid>(__NR_getuid, "getuid");
    table.add<sys_geteuid>(__NR_geteuid, "geteuid");
    table.add<sys_getgid>(__NR_getgid, "getgid");
    table.add<sys_getegid>(__NR_getegid, "getegid");
    table.add<sys_getresuid>(__NR_getresuid, "getresuid");
    table.add<sys_getresgid>(__NR_getresgid, "getresgid");
    table.add<sys_setuid>(__NR_setuid, "setuid");
    table.add<sys_setgid>(__NR_setgid, "setgid");
    table.add<sys_setreuid>(__NR_setreuid, "setreuid");
    table.add<sys_setregid>(__NR_setregid, "setregid");
    table.add<sys_setresuid>(__NR_setresuid, "setresuid");
    table.add<sys_setresgid>(__NR_setresgid, "setresgid");
    table.add<sys_setfsuid>(__NR_setfsuid, "setfsuid", Support::ignored, "follows the effective id");
    table.add<sys_setfsgid>(__NR_setfsgid, "setfsgid", Support::ignored, "follows the effective id");
    table.add<sys_getgroups>(__NR_getgroups, "getgroups");
    table.add<sys_setgroups>(__NR_setgroups, "setgroups");
    table.add<sys_prlimit64>(__NR_prlimit64, "prlimit64", Support::partial, "limits can be lowered; NPROC is enforced");
    table.add<sys_getrlimit>(__NR_getrlimit, "getrlimit");
    table.add<sys_setrlimit>(__NR_setrlimit, "setrlimit", Support::partial, "limits can be lowered; NPROC is enforced");
    table.add<sys_getrusage>(__NR_getrusage, "getrusage", Support::partial, "all CPU time counts as user time");
    table.add<sys_times>(__NR_times, "times", Support::partial, "all CPU time counts as user time");
    table.add<sys_sysinfo>(__NR_sysinfo, "sysinfo");
    table.add<sys_uname>(__NR_uname, "uname");
    table.add<sys_sethostname>(__NR_sethostname, "sethostname", Support::ignored, "EPERM");
    table.add<sys_setdomainname>(__NR_setdomainname, "setdomainname", Support::ignored, "EPERM");
    table.add<sys_sched_yield>(__NR_sched_yield, "sched_yield");
    table.add<sys_sched_getaffinity>(__NR_sched_getaffinity, "sched_getaffinity");
    table.add<sys_sched_setaffinity>(__NR_sched_setaffinity, "sched_setaffinity", Support::partial, "one CPU");
    table.add<sys_getcpu>(__NR_getcpu, "getcpu");
    table.add<sys_sched_getscheduler>(__NR_sched_getscheduler, "sched_getscheduler");
    table.add<sys_sched_setscheduler>(__NR_sched_setscheduler, "sched_setscheduler", Support::partial,
                                      "normal policies are remembered without effect; real-time ones are EPERM");
    table.add<sys_sched_getparam>(__NR_sched_getparam, "sched_getparam");
    table.add<sys_sched_setparam>(__NR_sched_setparam, "sched_setparam", Support::partial, "priority 0 only");
    table.add<sys_sched_get_priority_max>(__NR_sched_get_priority_max, "sched_get_priority_max");
    table.add<sys_sched_get_priority_min>(__NR_sched_get_priority_min, "sched_get_priority_min");
    table.add<sys_sched_rr_get_interval>(__NR_sched_rr_get_interval, "sched_rr_get_interval");
    table.add<sys_getpriority>(__NR_getpriority, "getpriority");
    table.add<sys_setpriority>(__NR_setpriority, "setpriority", Support::ignored, "remembered without effect");
    table.add<sys_prctl>(__NR_prctl, "prctl", Support::partial,
                         "names, dumpable, no_new_privs, pdeathsig, timer slack; else EINVAL");
    table.add<sys_arch_prctl>(__NR_arch_prctl, "arch_prctl");
    table.add<sys_personality>(__NR_personality, "personality", Support::ignored, "remembered without effect");
    table.add<sys_capget>(__NR_capget, "capget", Support::partial, "nobody has capabilities");
    table.add<sys_capset>(__NR_capset, "capset", Support::partial, "capabilities can only be given up");
    table.add<sys_wait4>(__NR_wait4, "wait4", Support::ignored, "ECHILD: there are no children");
    table.add<sys_waitid>(__NR_waitid, "waitid", Support::ignored, "ECHILD: there are no children");
    table.add<sys_getrandom>(__NR_getrandom, "getrandom");
    table.refuse(__NR_fork, "fork", "one process");
    table.refuse(__NR_vfork, "vfork", "one process");
    table.refuse(__NR_unshare, "unshare", "no namespaces");
    table.refuse(__NR_setns, "setns", "no namespaces");
    table.refuse(__NR_ptrace, "ptrace", "one process");
}

}  // namespace mayfly::guest
