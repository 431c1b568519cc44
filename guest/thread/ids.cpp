// Process, thread, group and session ids.
#include "guest/thread/process.h"
#include "guest/thread/syscalls.h"

namespace mayfly::guest {
namespace {

bool is_own(const Process& process, int pid) { return pid == 0 || pid == process.pid(); }

}  // namespace

SysResult sys_getpid(Thread& self) { return self.process().pid(); }
SysResult sys_gettid(Thread& self) { return self.tid(); }
// The parent is outside, as in a container: 0.
SysResult sys_getppid(Thread&) { return 0; }

SysResult sys_set_tid_address(Thread& self, UserAddr word) {
    self.clear_child_tid = word;
    return self.tid();
}

SysResult sys_getpgrp(Thread& self) { return self.process().group; }

SysResult sys_getpgid(Thread& self, int pid) {
    if (!is_own(self.process(), pid)) return fail(ESRCH);
    return self.process().group;
}

SysResult sys_getsid(Thread& self, int pid) {
    if (!is_own(self.process(), pid)) return fail(ESRCH);
    return self.process().session;
}

SysResult sys_setpgid(Thread& self, int pid, int group) {
    Process& process = self.process();
    if (group < 0) return fail(EINVAL);
    if (!is_own(process, pid)) return fail(ESRCH);
    return fail(EPERM);  // a session leader stays where it is, and there is no other process
}

// The program leads a group already (setsid(2)).
SysResult sys_setsid(Thread&) { return fail(EPERM); }

}  // namespace mayfly::guest
