// capget(2) and capset(2): nobody has a capability here, not even user 0.
#include <linux/capability.h>

#include "guest/thread/process.h"
#include "guest/thread/syscalls.h"

namespace mayfly::guest {
namespace {

// How many 32-bit halves a version has; an unknown one is answered with the newest.
ErrnoOr<usize> halves_of(UserPtr<CapabilityHeader> header) {
    CapabilityHeader wanted = MF_TRY(header.get());
    switch (wanted.version) {
    case _LINUX_CAPABILITY_VERSION_1: return usize{_LINUX_CAPABILITY_U32S_1};
    case _LINUX_CAPABILITY_VERSION_2: return usize{_LINUX_CAPABILITY_U32S_2};
    case _LINUX_CAPABILITY_VERSION_3: return usize{_LINUX_CAPABILITY_U32S_3};
    default: break;
    }
    wanted.version = _LINUX_CAPABILITY_VERSION_3;
    MF_TRY(header.put(wanted));
    return fail(EINVAL);
}

}  // namespace

SysResult sys_capget(Thread& self, UserPtr<CapabilityHeader> header, UserPtr<CapabilityData> data) {
    auto halves = halves_of(header);
    if (!halves) return data.is_null() && halves.error().value == EINVAL ? SysResult{0} : fail(halves.error().value);
    const CapabilityHeader wanted = MF_TRY(header.get());
    if (wanted.pid < 0) return fail(EINVAL);
    if (wanted.pid != 0 && self.process().find_thread(wanted.pid) == nullptr) return fail(ESRCH);
    for (usize i = 0; i < *halves && !data.is_null(); ++i) MF_TRY(data.at(i).put({}));
    return 0;
}

SysResult sys_capset(Thread&, UserPtr<CapabilityHeader> header, UserPtr<CapabilityData> data) {
    const usize halves = MF_TRY(halves_of(header));
    for (usize i = 0; i < halves; ++i) {
        const CapabilityData wanted = MF_TRY(data.at(i).get());
        if ((wanted.effective | wanted.permitted | wanted.inheritable) != 0) return fail(EPERM);
    }
    return 0;
}

}  // namespace mayfly::guest
