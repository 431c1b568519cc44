// Opening files.
#pragma once

#include "guest/fs/at.h"

namespace mayfly::guest {

// open(2) without a descriptor. flags: O_*, mode: of a file that is created, before the umask.
ErrnoOr<Ref<File>> open_at(Thread& self, int dirfd, std::string_view path, int flags, u32 mode = 0);
// An open file of a name that was resolved.
ErrnoOr<Ref<File>> open_dentry(const Ref<Dentry>& dentry, int flags);

SysResult sys_open(Thread& self, UserString path, int flags, u32 mode);
SysResult sys_openat(Thread& self, int dirfd, UserString path, int flags, u32 mode);
SysResult sys_openat2(Thread& self, int dirfd, UserString path, UserAddr how, u64 size);
SysResult sys_creat(Thread& self, UserString path, u32 mode);
SysResult sys_close(Thread& self, int fd);
SysResult sys_close_range(Thread& self, unsigned first, unsigned last, unsigned flags);

}  // namespace mayfly::guest
