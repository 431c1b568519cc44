// Limits, usage, and what the system says of itself.
#include <linux/sysinfo.h>
#include <linux/times.h>
#include <linux/utsname.h>

#include <cstring>

#include "guest/mm/frames.h"
#include "guest/thread/process.h"
#include "guest/thread/scheduler.h"
#include "guest/thread/syscalls.h"
#include "guest/time/timespec.h"

namespace mayfly::guest {
namespace {

constexpr u64 kNsPerClockTick = kNsPerSecond / 100;  // sysconf(_SC_CLK_TCK)

ErrnoOr<void> set_limit(ResourceLimit& limit, const UserRlimit& wanted) {
    if (wanted.soft > wanted.hard) return fail(EINVAL);
    if (wanted.hard > limit.hard) return fail(EPERM);
    limit = {wanted.soft, wanted.hard};
    return {};
}

ErrnoOr<ResourceLimit*> limit_of(Process& process, unsigned resource) {
    if (resource >= RLIM_NLIMITS) return fail(EINVAL);
    return &process.limits[resource];
}

ErrnoOr<u64> cpu_time_of(Thread& self, int who) {
    switch (who) {
    case RUSAGE_SELF: return cpu_time_ns(self.process());
    case RUSAGE_THREAD: return cpu_time_ns(self);
    case RUSAGE_CHILDREN: return u64{0};
    default: return fail(EINVAL);
    }
}

template <usize Bytes>
void set_field(char (&field)[Bytes], std::string_view text) {
    static_assert(Bytes == __NEW_UTS_LEN + 1);
    std::memcpy(field, text.data(), text.size());
}

}  // namespace

SysResult sys_prlimit64(Thread& self, int pid, unsigned resource, UserPtr<UserRlimit> wanted, UserPtr<UserRlimit> old) {
    if (pid != 0 && pid != self.process().pid()) return fail(ESRCH);
    ResourceLimit& limit = *MF_TRY(limit_of(self.process(), resource));
    const ResourceLimit before = limit;
    if (!wanted.is_null()) {
        const UserRlimit values = MF_TRY(wanted.get());
        MF_TRY(set_limit(limit, values));
        self.process().fds().set_limit(self.process().limits[RLIMIT_NOFILE].soft);
    }
    if (!old.is_null()) MF_TRY(old.put({before.soft, before.hard}));
    return 0;
}

SysResult sys_getrlimit(Thread& self, unsigned resource, UserPtr<UserRlimit> out) {
    const ResourceLimit& limit = *MF_TRY(limit_of(self.process(), resource));
    MF_TRY(out.put({limit.soft, limit.hard}));
    return 0;
}

SysResult sys_setrlimit(Thread& self, unsigned resource, UserPtr<UserRlimit> wanted) {
    ResourceLimit& limit = *MF_TRY(limit_of(self.process(), resource));
    const UserRlimit values = MF_TRY(wanted.get());
    MF_TRY(set_limit(limit, values));
    self.process().fds().set_limit(self.process().limits[RLIMIT_NOFILE].soft);
    return 0;
}

SysResult sys_getrusage(Thread& self, int who, UserPtr<struct rusage> out) {
    struct rusage usage {};
    const Timeval cpu = to_timeval(MF_TRY(cpu_time_of(self, who)));
    usage.ru_utime = {cpu.tv_sec, cpu.tv_usec};
    const u64 peak_kib = self.space().peak_resident_pages() * (kPageSize / 1024);
    if (who != RUSAGE_CHILDREN) usage.ru_maxrss = static_cast<long>(peak_kib);
    MF_TRY(out.put(usage));
    return 0;
}

SysResult sys_times(Thread& self, UserPtr<struct tms> out) {
    struct tms times {};
    times.tms_utime = static_cast<long>(cpu_time_ns(self.process()) / kNsPerClockTick);
    if (!out.is_null()) MF_TRY(out.put(times));
    return static_cast<long>(monotonic_ns() / kNsPerClockTick);
}

SysResult sys_sysinfo(Thread& self, UserPtr<struct sysinfo> out) {
    struct sysinfo info {};
    info.uptime = static_cast<long>(monotonic_ns() / kNsPerSecond);
    info.loads[0] = info.loads[1] = info.loads[2] = runnable_threads() << SI_LOAD_SHIFT;
    info.totalram = total_frames() * kPageSize;
    info.freeram = free_frames() * kPageSize;
    info.procs = static_cast<u16>(self.process().thread_count());
    info.mem_unit = 1;
    MF_TRY(out.put(info));
    return 0;
}

SysResult sys_uname(Thread&, UserPtr<new_utsname> out) {
    new_utsname names{};
    set_field(names.sysname, "Linux");
    set_field(names.nodename, "mayfly");
    set_field(names.release, "6.1.0-mayfly");
    set_field(names.version, "#1 Mayfly guest kernel");
    set_field(names.machine, "x86_64");
    set_field(names.domainname, "(none)");
    MF_TRY(out.put(names));
    return 0;
}

SysResult sys_sethostname(Thread&, UserAddr, usize) { return fail(EPERM); }
SysResult sys_setdomainname(Thread&, UserAddr, usize) { return fail(EPERM); }

}  // namespace mayfly::guest
