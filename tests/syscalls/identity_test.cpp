// Who and where a program is: ids, uname, limits, usage, scheduling parameters, random bytes.
#include <linux/capability.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "cases.h"

using namespace mayfly::tests;

CASE(process_ids) {
    SHOW(::getpid() > 0);
    SHOW(::getpid() == ::getpid());
    SHOW(::gettid() == ::getpid());
    SHOW(::getppid() >= 0);
    SHOW(::getpgrp() >= 0);
    SHOW(::getsid(0) >= 0);
}

CASE(user_ids_agree) {
    uid_t real = 9, effective = 9, saved = 9;
    OUTCOME(::getresuid(&real, &effective, &saved));
    SHOW(real == ::getuid() && effective == ::geteuid() && saved == effective);
    gid_t real_group = 9, effective_group = 9, saved_group = 9;
    OUTCOME(::getresgid(&real_group, &effective_group, &saved_group));
    SHOW(real_group == ::getgid() && effective_group == ::getegid());
    OUTCOME(::syscall(SYS_getresuid, kUnmapped, kUnmapped, kUnmapped));
    OUTCOME(::setuid(::getuid()));
    OUTCOME(::setgid(::getgid()));
    SHOW(::getgroups(0, nullptr) >= 0);
    OUTCOME(::syscall(SYS_getgroups, -1, kUnmapped));
}

CASE(uname_is_linux_on_x86) {
    utsname name{};
    OUTCOME(::uname(&name));
    SHOW(static_cast<const char*>(name.sysname));
    SHOW(static_cast<const char*>(name.machine));
    SHOW(name.release[0] >= '3');
    SHOW(name.nodename[0] != 0);
    OUTCOME(::syscall(SYS_uname, kUnmapped));
}

CASE(sysinfo_is_plausible) {
    struct sysinfo info {};
    OUTCOME(::sysinfo(&info));
    SHOW(info.totalram * info.mem_unit >= (16ull << 20));
    SHOW(info.freeram <= info.totalram);
    SHOW(info.procs > 0);
    SHOW(info.uptime >= 0);
    SHOW(::get_nprocs() >= 1);
    SHOW(::sysconf(_SC_PAGESIZE));
    OUTCOME(::syscall(SYS_sysinfo, kUnmapped));
}

CASE(limits) {
    rlimit limit{};
    OUTCOME(::getrlimit(RLIMIT_STACK, &limit));
    SHOW(limit.rlim_cur >= (1ul << 20));
    OUTCOME(::getrlimit(RLIMIT_NOFILE, &limit));
    SHOW(limit.rlim_cur >= 64 && limit.rlim_cur <= limit.rlim_max);
    const rlimit wrong{limit.rlim_max, limit.rlim_max - 1};
    OUTCOME(::setrlimit(RLIMIT_NOFILE, &wrong));
    OUTCOME(::syscall(SYS_prlimit64, 0, 99, nullptr, &limit));
    OUTCOME(::syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, nullptr, kKernelAddress));
    OUTCOME(::syscall(SYS_prlimit64, 999'999'999, RLIMIT_NOFILE, nullptr, &limit));
    rlimit core{0, 0};
    OUTCOME(::setrlimit(RLIMIT_CORE, &core));
    OUTCOME(::getrlimit(RLIMIT_CORE, &core));
    SHOW(core.rlim_cur);
}

CASE(usage) {
    rusage usage{};
    for (volatile int i = 0; i < 30'000'000;) ++const_cast<int&>(i);
    OUTCOME(::getrusage(RUSAGE_SELF, &usage));
    SHOW(usage.ru_utime.tv_sec * 1'000'000 + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec > 0);
    SHOW(usage.ru_maxrss > 0);
    OUTCOME(::getrusage(RUSAGE_THREAD, &usage));
    OUTCOME(::getrusage(RUSAGE_CHILDREN, &usage));
    SHOW(usage.ru_utime.tv_sec);
    OUTCOME(::syscall(SYS_getrusage, 99, &usage));
    OUTCOME(::syscall(SYS_getrusage, RUSAGE_SELF, kUnmapped));
}

CASE(random_bytes) {
    unsigned char a[64] = {}, b[64] = {};
    SHOW(::getrandom(a, sizeof a, 0));
    SHOW(::getrandom(b, sizeof b, GRND_NONBLOCK));
    SHOW(std::memcmp(a, b, sizeof a) != 0);
    SHOW(::getrandom(nullptr, 0, 0));
    OUTCOME(::getrandom(a, 8, 0x100));
    OUTCOME(::syscall(SYS_getrandom, kUnmapped, 8, 0));
    static unsigned char many[100'000];
    SHOW(::getrandom(many, sizeof many, 0));
    int bits = 0;
    for (const unsigned char byte : many) bits += __builtin_popcount(byte);
    SHOW(bits > 395'000 && bits < 405'000);
}

CASE(scheduling_parameters) {
    SHOW(::sched_getscheduler(0));
    sched_param parameter{};
    OUTCOME(::sched_getparam(0, &parameter));
    SHOW(parameter.sched_priority);
    SHOW(::sched_get_priority_max(SCHED_FIFO));
    SHOW(::sched_get_priority_min(SCHED_OTHER));
    OUTCOME(::sched_get_priority_max(99));
    OUTCOME(::setpriority(PRIO_PROCESS, 0, 19));  // whatever it was started with
    errno = 0;
    SHOW(::getpriority(PRIO_PROCESS, 0));
    OUTCOME(::sched_getscheduler(-1));
}

CASE(process_control) {
    char name[16] = {};
    OUTCOME(::prctl(PR_SET_NAME, "a-name"));
    OUTCOME(::prctl(PR_GET_NAME, name));
    SHOW(static_cast<const char*>(name));
    SHOW(::prctl(PR_GET_DUMPABLE));
    OUTCOME(::prctl(9999, 0, 0, 0, 0));
    OUTCOME(::syscall(SYS_prctl, PR_SET_NAME, kUnmapped));
    SHOW(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    SHOW(::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
}

CASE(capabilities_can_be_asked) {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct data[2] = {};
    OUTCOME(::syscall(SYS_capget, &header, data));
    header.version = 1;
    OUTCOME(::syscall(SYS_capget, &header, data));
    SHOW(header.version == _LINUX_CAPABILITY_VERSION_3);
}

CASE(unknown_calls) {
    OUTCOME(::syscall(400));
    OUTCOME(::syscall(9'999));
    OUTCOME(::syscall(-1));
}

CASE(set_tid_address_and_robust_list) {
    SHOW(::syscall(SYS_set_tid_address, 0) == ::gettid());
    OUTCOME(::syscall(SYS_set_robust_list, 0, 5));
}

CASE(processor_number) {
    unsigned cpu = 999, node = 999;
    OUTCOME(::syscall(SYS_getcpu, &cpu, &node, nullptr));
    SHOW(cpu < 256);
    SHOW(node);
}
