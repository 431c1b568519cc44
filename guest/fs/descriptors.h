// Descriptors and what they are set to: dup(2), fcntl(2), ioctl(2), flock(2).
#pragma once

#include "guest/fs/fd_table.h"
#include "guest/thread/thread.h"

namespace mayfly::guest {

SysResult sys_dup(Thread& self, int fd);
SysResult sys_dup2(Thread& self, int fd, int new_fd);
SysResult sys_dup3(Thread& self, int fd, int new_fd, int flags);
SysResult sys_fcntl(Thread& self, int fd, unsigned command, u64 argument);
SysResult sys_ioctl(Thread& self, int fd, unsigned request, UserAddr argument);
SysResult sys_flock(Thread& self, int fd, unsigned operation);

}  // namespace mayfly::guest
