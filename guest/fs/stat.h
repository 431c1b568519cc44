// What is known about a file: stat(2), statx(2), access(2), statfs(2).
#pragma once

#include <asm/stat.h>
#include <asm/statfs.h>

#include "guest/fs/at.h"

namespace mayfly::guest {

using Stat = struct ::stat;
using Statfs = struct ::statfs;

Stat stat_of(const Inode& inode);
// Of an open file, also of one without an inode: a pipe, a socket, an eventfd.
Stat stat_of(const File& file);

SysResult sys_stat(Thread& self, UserString path, UserPtr<Stat> out);
SysResult sys_lstat(Thread& self, UserString path, UserPtr<Stat> out);
SysResult sys_fstat(Thread& self, int fd, UserPtr<Stat> out);
SysResult sys_newfstatat(Thread& self, int dirfd, UserString path, UserPtr<Stat> out, int flags);
SysResult sys_statx(Thread& self, int dirfd, UserString path, int flags, unsigned mask, UserAddr out);
SysResult sys_access(Thread& self, UserString path, int mode);
SysResult sys_faccessat(Thread& self, int dirfd, UserString path, int mode);
SysResult sys_faccessat2(Thread& self, int dirfd, UserString path, int mode, int flags);
SysResult sys_statfs(Thread& self, UserString path, UserPtr<Statfs> out);
SysResult sys_fstatfs(Thread& self, int fd, UserPtr<Statfs> out);

}  // namespace mayfly::guest
