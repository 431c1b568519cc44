#include "guest/thread/credentials.h"

#include "guest/thread/process.h"
#include "guest/thread/syscalls.h"

namespace mayfly::guest {
namespace {

constexpr u32 kUnchanged = ~0u;      // -1
constexpr usize kMaxGroups = 65536;  // NGROUPS_MAX

Credentials& own(Thread& self) { return self.process().credentials; }
bool is_privileged(Thread& self) { return own(self).user.effective == 0; }

// setuid(2): all three for root, else only the effective one, to one of the three.
SysResult set_id(Thread& self, IdSet& ids, u32 id) {
    if (id == kUnchanged) return fail(EINVAL);
    if (is_privileged(self))
        ids = {id, id, id};
    else if (id == ids.real || id == ids.saved)
        ids.effective = id;
    else
        return fail(EPERM);
    return 0;
}

SysResult set_all(Thread& self, IdSet& ids, u32 real, u32 effective, u32 saved) {
    const IdSet before = ids;
    for (u32 id : {real, effective, saved})
        if (id != kUnchanged && !before.has(id) && !is_privileged(self)) return fail(EPERM);
    if (real != kUnchanged) ids.real = real;
    if (effective != kUnchanged) ids.effective = effective;
    if (saved != kUnchanged) ids.saved = saved;
    return 0;
}

// setreuid(2): the saved id follows the effective one where the real one is set or left behind.
SysResult set_real_and_effective(Thread& self, IdSet& ids, u32 real, u32 effective) {
    const u32 old_real = ids.real;
    const bool follows = real != kUnchanged || (effective != kUnchanged && effective != old_real);
    MF_TRY(set_all(self, ids, real, effective, kUnchanged));
    if (follows) ids.saved = ids.effective;
    return 0;
}

SysResult put_all(const IdSet& ids, UserPtr<u32> real, UserPtr<u32> effective, UserPtr<u32> saved) {
    MF_TRY(real.put(ids.real));
    MF_TRY(effective.put(ids.effective));
    MF_TRY(saved.put(ids.saved));
    return 0;
}

}  // namespace

SysResult sys_getuid(Thread& self) { return own(self).user.real; }
SysResult sys_geteuid(Thread& self) { return own(self).user.effective; }
SysResult sys_getgid(Thread& self) { return own(self).group.real; }
SysResult sys_getegid(Thread& self) { return own(self).group.effective; }

SysResult sys_getresuid(Thread& self, UserPtr<u32> real, UserPtr<u32> effective, UserPtr<u32> saved) {
    return put_all(own(self).user, real, effective, saved);
}
SysResult sys_getresgid(Thread& self, UserPtr<u32> real, UserPtr<u32> effective, UserPtr<u32> saved) {
    return put_all(own(self).group, real, effective, saved);
}

SysResult sys_setuid(Thread& self, u32 id) { return set_id(self, own(self).user, id); }
SysResult sys_setgid(Thread& self, u32 id) { return set_id(self, own(self).group, id); }
SysResult sys_setreuid(Thread& self, u32 real, u32 effective) {
    return set_real_and_effective(self, own(self).user, real, effective);
}
SysResult sys_setregid(Thread& self, u32 real, u32 effective) {
    return set_real_and_effective(self, own(self).group, real, effective);
}
SysResult sys_setresuid(Thread& self, u32 real, u32 effective, u32 saved) {
    return set_all(self, own(self).user, real, effective, saved);
}
SysResult sys_setresgid(Thread& self, u32 real, u32 effective, u32 saved) {
    return set_all(self, own(self).group, real, effective, saved);
}

// The file system ids always are the effective ones: the old one is returned, as on a refusal.
SysResult sys_setfsuid(Thread& self, u32) { return own(self).user.effective; }
SysResult sys_setfsgid(Thread& self, u32) { return own(self).group.effective; }

SysResult sys_getgroups(Thread& self, int count, UserPtr<u32> list) {
    const Vector<u32>& groups = own(self).groups;
    if (count < 0) return fail(EINVAL);
    if (count == 0) return static_cast<long>(groups.size());
    if (static_cast<usize>(count) < groups.size()) return fail(EINVAL);
    for (usize i = 0; i < groups.size(); ++i) MF_TRY(list.at(i).put(groups[i]));
    return static_cast<long>(groups.size());
}

SysResult sys_setgroups(Thread& self, usize count, UserPtr<u32> list) {
    if (!is_privileged(self)) return fail(EPERM);
    if (count > kMaxGroups) return fail(EINVAL);
    Vector<u32> groups;
    MF_TRY(groups.reserve(count));
    for (usize i = 0; i < count; ++i) {
        const u32 group = MF_TRY(list.at(i).get());
        MF_TRY(groups.push_back(group));
    }
    own(self).groups = std::move(groups);
    return 0;
}

}  // namespace mayfly::guest
