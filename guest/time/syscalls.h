// The system calls of clocks, sleeping and timers.
#pragma once

#include <asm/siginfo.h>
#include <asm/unistd.h>

#include "guest/syscall/table.h"
#include "guest/time/timespec.h"

namespace mayfly::guest {

struct UserItimerval {  // struct __kernel_old_itimerval
    Timeval interval;
    Timeval value;
};
struct UserItimerspec {  // struct __kernel_itimerspec
    Timespec interval;
    Timespec value;
};

SysResult sys_clock_gettime(Thread& self, int id, UserPtr<Timespec> out);
SysResult sys_clock_getres(Thread& self, int id, UserPtr<Timespec> out);
SysResult sys_gettimeofday(Thread&, UserPtr<Timeval> out, UserPtr<struct timezone> zone);
SysResult sys_time(Thread&, UserPtr<i64> out);
SysResult sys_clock_settime(Thread& self, int id, UserPtr<Timespec> wanted);
SysResult sys_settimeofday(Thread&, UserAddr, UserAddr);
SysResult sys_adjtimex(Thread&, UserAddr);
SysResult sys_clock_adjtime(Thread&, int, UserAddr);

SysResult sys_nanosleep(Thread& self, UserPtr<Timespec> duration, UserPtr<Timespec> remaining);
SysResult sys_clock_nanosleep(Thread& self, int id, int flags, UserPtr<Timespec> when, UserPtr<Timespec> remaining);

SysResult sys_getitimer(Thread& self, int which, UserPtr<UserItimerval> out);
SysResult sys_setitimer(Thread& self, int which, UserPtr<UserItimerval> from, UserPtr<UserItimerval> old);
SysResult sys_alarm(Thread& self, unsigned seconds);

SysResult sys_timer_create(Thread& self, int clock_id, UserPtr<struct sigevent> event, UserPtr<int> id_out);
SysResult sys_timer_settime(Thread& self, int id, int flags, UserPtr<UserItimerspec> from, UserPtr<UserItimerspec> old);
SysResult sys_timer_gettime(Thread& self, int id, UserPtr<UserItimerspec> out);
SysResult sys_timer_getoverrun(Thread& self, int id);
SysResult sys_timer_delete(Thread& self, int id);

consteval void add_time_syscalls(SyscallTable& table) {
    table.add<sys_clock_gettime>(__NR_clock_gettime, "clock_gettime");
    table.add<sys_clock_getres>(__NR_clock_getres, "clock_getres");
    table.add<sys_gettimeofday>(__NR_gettimeofday, "gettimeofday");
    table.add<sys_time>(__NR_time, "time");
    table.add<sys_clock_settime>(__NR_clock_settime, "clock_settime", Support::ignored, "EPERM");
    table.add<sys_settimeofday>(__NR_settimeofday, "settimeofday", Support::ignored, "EPERM");
    table.add<sys_adjtimex>(__NR_adjtimex, "adjtimex", Support::ignored, "EPERM");
    table.add<sys_clock_adjtime>(__NR_clock_adjtime, "clock_adjtime", Support::ignored, "EPERM");
    table.add<sys_nanosleep>(__NR_nanosleep, "nanosleep");
    table.add<sys_clock_nanosleep>(__NR_clock_nanosleep, "clock_nanosleep");
    table.add<sys_getitimer>(__NR_getitimer, "getitimer");
    table.add<sys_setitimer>(__NR_setitimer, "setitimer", Support::partial, "all CPU time counts as user time");
    table.add<sys_alarm>(__NR_alarm, "alarm");
    table.add<sys_timer_create>(__NR_timer_create, "timer_create");
    table.add<sys_timer_settime>(__NR_timer_settime, "timer_settime");
    table.add<sys_timer_gettime>(__NR_timer_gettime, "timer_gettime");
    table.add<sys_timer_getoverrun>(__NR_timer_getoverrun, "timer_getoverrun");
    table.add<sys_timer_delete>(__NR_timer_delete, "timer_delete");
}

}  // namespace mayfly::guest
