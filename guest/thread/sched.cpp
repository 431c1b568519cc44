// Scheduling: one CPU, one policy, turns in a row. What is set is remembered and has no effect.
#include <linux/sched.h>
#include <linux/sched/types.h>

#include "guest/thread/process.h"
#include "guest/thread/scheduler.h"
#include "guest/thread/syscalls.h"
#include "guest/time/timespec.h"

namespace mayfly::guest {
namespace {

constexpr u64 kOurCpu = 1;  // the affinity mask: CPU 0
constexpr u64 kSliceNs = 4'000'000;
constexpr int kLowestNice = -20, kHighestNice = 19;

// These calls take a thread's id, 0 for the caller.
ErrnoOr<void> check_exists(Thread& self, int tid) {
    if (tid != 0 && self.process().find_thread(tid) == nullptr) return fail(ESRCH);
    return {};
}

ErrnoOr<void> check_target(Thread& self, int tid) {
    if (tid < 0) return fail(EINVAL);
    return check_exists(self, tid);
}

constexpr bool is_realtime(int policy) { return policy == SCHED_FIFO || policy == SCHED_RR; }
constexpr bool is_normal(int policy) { return policy == SCHED_NORMAL || policy == SCHED_BATCH || policy == SCHED_IDLE; }

ErrnoOr<void> set_policy(Process& process, int policy, int priority) {
    policy &= ~SCHED_RESET_ON_FORK;
    if (is_realtime(policy)) return fail(priority >= 1 && priority <= 99 ? EPERM : EINVAL);
    if (!is_normal(policy) || priority != 0) return fail(EINVAL);
    process.scheduling_policy = policy;
    return {};
}

// getpriority(2) names a process, a group or a user.
ErrnoOr<void> check_priority_target(Thread& self, int which, int who) {
    Process& process = self.process();
    switch (which) {
    case PRIO_PROCESS: {
        if (who != 0 && process.find_thread(who) == nullptr) return fail(ESRCH);
        return {};
    }
    case PRIO_PGRP: {
        if (who != 0 && who != process.group) return fail(ESRCH);
        return {};
    }
    case PRIO_USER: {
        if (who != 0 && static_cast<u32>(who) != process.credentials.user.real) return fail(ESRCH);
        return {};
    }
    default: return fail(EINVAL);
    }
}

}  // namespace

SysResult sys_sched_yield(Thread&) {
    yield();
    return 0;
}

SysResult sys_sched_getaffinity(Thread& self, int tid, unsigned bytes, UserPtr<u64> mask) {
    if (bytes < sizeof(u64) || bytes % sizeof(u64) != 0) return fail(EINVAL);
    MF_TRY(check_exists(self, tid));
    MF_TRY(mask.put(kOurCpu));
    return static_cast<long>(sizeof(u64));
}

SysResult sys_sched_setaffinity(Thread& self, int tid, unsigned bytes, UserAddr mask) {
    u64 wanted = 0;
    MF_TRY(copy_from_user(&wanted, mask, bytes < sizeof wanted ? bytes : sizeof wanted));
    MF_TRY(check_exists(self, tid));
    if ((wanted & kOurCpu) == 0) return fail(EINVAL);
    return 0;
}

SysResult sys_getcpu(Thread&, UserPtr<u32> cpu, UserPtr<u32> node) {
    if (!cpu.is_null()) MF_TRY(cpu.put(0));
    if (!node.is_null()) MF_TRY(node.put(0));
    return 0;
}

SysResult sys_sched_getscheduler(Thread& self, int tid) {
    MF_TRY(check_target(self, tid));
    return self.process().scheduling_policy;
}

SysResult sys_sched_setscheduler(Thread& self, int tid, int policy, UserPtr<int> priority) {
    if (priority.is_null() || policy < 0) return fail(EINVAL);
    const int value = MF_TRY(priority.get());
    MF_TRY(check_target(self, tid));
    MF_TRY(set_policy(self.process(), policy, value));
    return 0;
}

SysResult sys_sched_getparam(Thread& self, int tid, UserPtr<int> priority) {
    if (priority.is_null()) return fail(EINVAL);
    MF_TRY(check_target(self, tid));
    MF_TRY(priority.put(0));
    return 0;
}

SysResult sys_sched_setparam(Thread& self, int tid, UserPtr<int> priority) {
    if (priority.is_null()) return fail(EINVAL);
    const int value = MF_TRY(priority.get());
    MF_TRY(check_target(self, tid));
    if (value != 0) return fail(EINVAL);
    return 0;
}

SysResult sys_sched_get_priority_max(Thread&, int policy) {
    if (is_realtime(policy)) return 99;
    if (is_normal(policy) || policy == SCHED_DEADLINE) return 0;
    return fail(EINVAL);
}

SysResult sys_sched_get_priority_min(Thread&, int policy) {
    if (is_realtime(policy)) return 1;
    if (is_normal(policy) || policy == SCHED_DEADLINE) return 0;
    return fail(EINVAL);
}

SysResult sys_sched_rr_get_interval(Thread& self, int tid, UserPtr<Timespec> interval) {
    MF_TRY(check_target(self, tid));
    MF_TRY(interval.put(to_timespec(kSliceNs)));
    return 0;
}

// As the kernel interface has it: 20 - nice, so that the result is never negative.
SysResult sys_getpriority(Thread& self, int which, int who) {
    MF_TRY(check_priority_target(self, which, who));
    return 20 - self.process().nice;
}

SysResult sys_setpriority(Thread& self, int which, int who, int nice) {
    MF_TRY(check_priority_target(self, which, who));
    const int at_least = nice < kLowestNice ? kLowestNice : nice;
    self.process().nice = at_least > kHighestNice ? kHighestNice : at_least;
    return 0;
}

}  // namespace mayfly::guest
