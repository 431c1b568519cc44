// The size of files and the space behind them; what is to reach the disk, which there is none of.
#pragma once

#include "guest/fs/at.h"

namespace mayfly::guest {

SysResult sys_truncate(Thread& self, UserString path, i64 size);
SysResult sys_ftruncate(Thread& self, int fd, i64 size);
SysResult sys_fallocate(Thread& self, int fd, int mode, i64 offset, i64 bytes);
SysResult sys_fadvise64(Thread& self, int fd, i64 offset, i64 bytes, int advice);
SysResult sys_readahead(Thread& self, int fd, i64 offset, u64 bytes);
SysResult sys_fsync(Thread& self, int fd);
SysResult sys_sync_file_range(Thread& self, int fd, i64 offset, i64 bytes, unsigned flags);
SysResult sys_sync(Thread& self);

}  // namespace mayfly::guest
