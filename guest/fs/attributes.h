// Changing what is known about a file: mode, owner, times, extended attributes.
#pragma once

#include <linux/time.h>
#include <linux/time_types.h>

#include "guest/fs/at.h"

namespace mayfly::guest {

struct UtimeBuffer {  // struct utimbuf
    i64 accessed;
    i64 modified;
};

SysResult sys_chmod(Thread& self, UserString path, u32 mode);
SysResult sys_fchmod(Thread& self, int fd, u32 mode);
SysResult sys_fchmodat(Thread& self, int dirfd, UserString path, u32 mode);
SysResult sys_fchmodat2(Thread& self, int dirfd, UserString path, u32 mode, int flags);
SysResult sys_chown(Thread& self, UserString path, u32 uid, u32 gid);
SysResult sys_lchown(Thread& self, UserString path, u32 uid, u32 gid);
SysResult sys_fchown(Thread& self, int fd, u32 uid, u32 gid);
SysResult sys_fchownat(Thread& self, int dirfd, UserString path, u32 uid, u32 gid, int flags);
SysResult sys_umask(Thread& self, int mask);

SysResult sys_utimensat(Thread& self, int dirfd, UserString path, UserAddr times, int flags);
SysResult sys_utime(Thread& self, UserString path, UserAddr times);
SysResult sys_utimes(Thread& self, UserString path, UserAddr times);
SysResult sys_futimesat(Thread& self, int dirfd, UserString path, UserAddr times);

// Kept by tmpfs; the image has none.
SysResult sys_setxattr(Thread& self, UserString path, UserString name, UserAddr value, u64 bytes, int flags);
SysResult sys_lsetxattr(Thread& self, UserString path, UserString name, UserAddr value, u64 bytes, int flags);
SysResult sys_fsetxattr(Thread& self, int fd, UserString name, UserAddr value, u64 bytes, int flags);
SysResult sys_getxattr(Thread& self, UserString path, UserString name, UserAddr value, u64 bytes);
SysResult sys_lgetxattr(Thread& self, UserString path, UserString name, UserAddr value, u64 bytes);
SysResult sys_fgetxattr(Thread& self, int fd, UserString name, UserAddr value, u64 bytes);
SysResult sys_listxattr(Thread& self, UserString path, UserAddr list, u64 bytes);
SysResult sys_llistxattr(Thread& self, UserString path, UserAddr list, u64 bytes);
SysResult sys_flistxattr(Thread& self, int fd, UserAddr list, u64 bytes);
SysResult sys_removexattr(Thread& self, UserString path, UserString name);
SysResult sys_lremovexattr(Thread& self, UserString path, UserString name);
SysResult sys_fremovexattr(Thread& self, int fd, UserString name);

}  // namespace mayfly::guest
