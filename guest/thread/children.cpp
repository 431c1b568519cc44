// Waiting for children, of which there are none.
#include <linux/wait.h>

#include "guest/thread/syscalls.h"

namespace mayfly::guest {

SysResult sys_wait4(Thread&, int, UserAddr, int options, UserAddr) {
    constexpr u32 kKnown = WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL;
    if ((static_cast<u32>(options) & ~kKnown) != 0) return fail(EINVAL);
    return fail(ECHILD);
}

SysResult sys_waitid(Thread&, int which, int id, UserAddr, int options, UserAddr) {
    constexpr u32 kKnown = WNOHANG | WNOWAIT | WEXITED | WSTOPPED | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL;
    const u32 wanted = static_cast<u32>(options);
    if ((wanted & ~kKnown) != 0 || (wanted & (WEXITED | WSTOPPED | WCONTINUED)) == 0) return fail(EINVAL);
    switch (which) {
    case P_ALL: return fail(ECHILD);
    case P_PID: return fail(id > 0 ? ECHILD : EINVAL);
    case P_PGID: return fail(id >= 0 ? ECHILD : EINVAL);
    case P_PIDFD: return fail(id >= 0 ? EBADF : EINVAL);
    default: return fail(EINVAL);
    }
}

}  // namespace mayfly::guest
