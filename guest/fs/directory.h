// Directories as a process sees them: reading them, the working directory, the root.
#pragma once

#include "guest/fs/at.h"

namespace mayfly::guest {

SysResult sys_getdents(Thread& self, int fd, UserAddr to, unsigned bytes);
SysResult sys_getdents64(Thread& self, int fd, UserAddr to, unsigned bytes);
SysResult sys_getcwd(Thread& self, UserAddr to, u64 bytes);
SysResult sys_chdir(Thread& self, UserString path);
SysResult sys_fchdir(Thread& self, int fd);
SysResult sys_chroot(Thread& self, UserString path);

}  // namespace mayfly::guest
