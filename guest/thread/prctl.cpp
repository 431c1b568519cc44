// prctl(2), arch_prctl(2), personality(2).
#include <asm/prctl.h>
#include <linux/capability.h>
#include <linux/personality.h>
#include <linux/prctl.h>

#include <cstring>

#include "guest/arch/cpu.h"
#include "guest/signal/signal_state.h"
#include "guest/thread/process.h"
#include "guest/thread/syscalls.h"

namespace mayfly::guest {
namespace {

constexpr long kTimerSlackNs = 50'000;  // Linux's default; timers here are as exact as the tick

SysResult set_name(Thread& self, UserAddr from) {
    char name[sizeof self.name] = "";
    for (usize i = 0; i + 1 < sizeof name; ++i) {
        MF_TRY(copy_from_user(&name[i], from + i, 1));
        if (name[i] == '\0') break;
    }
    std::memcpy(self.name, name, sizeof name);
    return 0;
}

SysResult set_dumpable(Process& process, u64 value) {
    if (value > 1) return fail(EINVAL);
    process.dumpable = static_cast<int>(value);
    return 0;
}

SysResult set_parent_death_signal(Process& process, u64 signal) {
    if (signal > kSignals) return fail(EINVAL);
    process.parent_death_signal = static_cast<int>(signal);
    return 0;
}

SysResult put_int(u64 address, int value) {
    MF_TRY(UserPtr<int>{UserAddr{address}}.put(value));
    return 0;
}

SysResult set_no_new_privileges(Process& process, u64 value, bool rest_is_zero) {
    if (value != 1 || !rest_is_zero) return fail(EINVAL);
    process.no_new_privileges = true;
    return 0;
}

}  // namespace

SysResult sys_prctl(Thread& self, int option, u64 a, u64 b, u64 c, u64 d) {
    Process& process = self.process();
    const bool rest_is_zero = b == 0 && c == 0 && d == 0;
    switch (option) {
    case PR_SET_NAME: return set_name(self, UserAddr{a});
    case PR_GET_NAME: {
        MF_TRY(copy_to_user(UserAddr{a}, self.name, sizeof self.name));
        return 0;
    }
    case PR_SET_PDEATHSIG: return set_parent_death_signal(process, a);
    case PR_GET_PDEATHSIG: return put_int(a, process.parent_death_signal);
    case PR_GET_DUMPABLE: return process.dumpable;
    case PR_SET_DUMPABLE: return set_dumpable(process, a);
    case PR_SET_NO_NEW_PRIVS: return set_no_new_privileges(process, a, rest_is_zero);
    case PR_GET_NO_NEW_PRIVS: {
        if (a != 0 || !rest_is_zero) return fail(EINVAL);
        return process.no_new_privileges ? 1 : 0;
    }
    case PR_CAPBSET_READ: {
        if (a > CAP_LAST_CAP) return fail(EINVAL);
        return 0;
    }
    case PR_GET_TIMERSLACK: return kTimerSlackNs;
    case PR_GET_CHILD_SUBREAPER: return put_int(a, 0);
    case PR_GET_TSC: return put_int(a, PR_TSC_ENABLE);
    case PR_SET_TIMERSLACK:
    case PR_SET_CHILD_SUBREAPER:
    case PR_SET_THP_DISABLE:
    case PR_GET_THP_DISABLE:
    case PR_GET_KEEPCAPS:
    case PR_GET_SECCOMP: return 0;
    default: return fail(EINVAL);
    }
}

SysResult sys_arch_prctl(Thread&, int option, u64 address) {
    const UserPtr<u64> out{UserAddr{address}};
    switch (option) {
    case ARCH_SET_FS: {
        if (address >= kUserEnd) return fail(EPERM);
        write_fs_base(address);
        return 0;
    }
    case ARCH_SET_GS: {
        if (address >= kUserEnd) return fail(EPERM);
        write_gs_base(address);
        return 0;
    }
    case ARCH_GET_FS: {
        MF_TRY(out.put(read_fs_base()));
        return 0;
    }
    case ARCH_GET_GS: {
        MF_TRY(out.put(read_gs_base()));
        return 0;
    }
    default: return fail(EINVAL);
    }
}

SysResult sys_personality(Thread& self, unsigned value) {
    constexpr unsigned kQuery = 0xffff'ffff;
    const u32 before = self.process().personality;
    if (value != kQuery) self.process().personality = value;
    return before;
}

}  // namespace mayfly::guest
