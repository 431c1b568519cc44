// Making, moving and removing names: mkdir(2), unlink(2), link(2), rename(2) and their kin.
#pragma once

#include "guest/fs/at.h"

namespace mayfly::guest {

SysResult sys_mkdir(Thread& self, UserString path, u32 mode);
SysResult sys_mkdirat(Thread& self, int dirfd, UserString path, u32 mode);
SysResult sys_mknod(Thread& self, UserString path, u32 mode, u64 device);
SysResult sys_mknodat(Thread& self, int dirfd, UserString path, u32 mode, u64 device);
SysResult sys_rmdir(Thread& self, UserString path);
SysResult sys_unlink(Thread& self, UserString path);
SysResult sys_unlinkat(Thread& self, int dirfd, UserString path, int flags);
SysResult sys_link(Thread& self, UserString old_path, UserString new_path);
SysResult sys_linkat(Thread& self, int old_dirfd, UserString old_path, int new_dirfd, UserString new_path, int flags);
SysResult sys_symlink(Thread& self, UserString target, UserString path);
SysResult sys_symlinkat(Thread& self, UserString target, int dirfd, UserString path);
SysResult sys_readlink(Thread& self, UserString path, UserAddr to, int bytes);
SysResult sys_readlinkat(Thread& self, int dirfd, UserString path, UserAddr to, int bytes);
SysResult sys_rename(Thread& self, UserString old_path, UserString new_path);
SysResult sys_renameat(Thread& self, int old_dirfd, UserString old_path, int new_dirfd, UserString new_path);
SysResult sys_renameat2(Thread& self, int old_dirfd, UserString old_path, int new_dirfd, UserString new_path,
                        unsigned flags);

}  // namespace mayfly::guest
