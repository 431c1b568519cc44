// read(2), write(2) and their kin.
#pragma once

#include "guest/fs/file.h"
#include "guest/thread/thread.h"

namespace mayfly::guest {

// A descriptor that may be read or written: EBADF.
ErrnoOr<Ref<File>> readable_file(Thread& self, int fd);
ErrnoOr<Ref<File>> writable_file(Thread& self, int fd);

SysResult sys_read(Thread& self, int fd, UserAddr to, u64 bytes);
SysResult sys_write(Thread& self, int fd, UserAddr from, u64 bytes);
SysResult sys_readv(Thread& self, int fd, UserAddr iovec, u64 count);
SysResult sys_writev(Thread& self, int fd, UserAddr iovec, u64 count);
SysResult sys_pread64(Thread& self, int fd, UserAddr to, u64 bytes, i64 offset);
SysResult sys_pwrite64(Thread& self, int fd, UserAddr from, u64 bytes, i64 offset);
SysResult sys_preadv(Thread& self, int fd, UserAddr iovec, u64 count, i64 offset);
SysResult sys_pwritev(Thread& self, int fd, UserAddr iovec, u64 count, i64 offset);
// The high half of the offset is unused where a register holds all of it.
SysResult sys_preadv2(Thread& self, int fd, UserAddr iovec, u64 count, i64 offset, u64 high, unsigned flags);
SysResult sys_pwritev2(Thread& self, int fd, UserAddr iovec, u64 count, i64 offset, u64 high, unsigned flags);
SysResult sys_lseek(Thread& self, int fd, i64 offset, unsigned whence);

}  // namespace mayfly::guest
