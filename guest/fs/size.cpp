#include "guest/fs/size.h"

#include <linux/falloc.h>
#include <linux/fcntl.h>

#include "guest/fs/file_size_limit.h"
#include "guest/fs/read_write.h"

namespace mayfly::guest {

namespace {

ErrnoOr<void> truncate(Inode& inode, i64 size) {
    if (inode.is_directory()) return fail(EISDIR);
    if (inode.filesystem().read_only()) return fail(EROFS);
    if (!inode.is_regular()) return fail(EINVAL);
    MF_TRY(check_file_size_limit(inode.size(), static_cast<u64>(size)));
    return inode.truncate(static_cast<u64>(size));
}

}  // namespace

SysResult sys_truncate(Thread& self, UserString path, i64 size) {
    if (size < 0) return fail(EINVAL);
    const auto inode = MF_TRY(inode_at(self, AT_FDCWD, path, 0));
    MF_TRY(truncate(*inode, size));
    return 0;
}

SysResult sys_ftruncate(Thread& self, int fd, i64 size) {
    if (size < 0) return fail(EINVAL);
    const auto file = MF_TRY(self.fds().get(fd));
    if (file->is_path()) return fail(EBADF);
    const auto inode = file->inode();
    if (!inode || !inode->is_regular() || !file->writable()) return fail(EINVAL);
    MF_TRY(truncate(*inode, size));
    return 0;
}

SysResult sys_fallocate(Thread& self, int fd, int mode, i64 offset, i64 bytes) {
    const auto file = MF_TRY(writable_file(self, fd));
    if (offset < 0 || bytes <= 0) return fail(EINVAL);
    constexpr int kPunch = FALLOC_FL_PUNCH_HOLE;
    if ((mode & kPunch) != 0 && (mode & FALLOC_FL_KEEP_SIZE) == 0) return fail(EOPNOTSUPP);
    const auto inode = file->inode();
    if (!inode || S_ISFIFO(inode->mode())) return fail(ESPIPE);
    if (inode->is_directory()) return fail(EISDIR);
    if (!inode->is_regular()) return fail(ENODEV);
    // Neither sum can overflow: both numbers are below 2^63.
    if ((mode & FALLOC_FL_KEEP_SIZE) == 0)
        MF_TRY(check_file_size_limit(inode->size(), static_cast<u64>(offset) + static_cast<u64>(bytes)));
    MF_TRY(inode->allocate(static_cast<u32>(mode), static_cast<u64>(offset), static_cast<u64>(bytes)));
    return 0;
}

SysResult sys_fadvise64(Thread& self, int fd, i64, i64 bytes, int advice) {
    const auto file = MF_TRY(self.fds().get(fd));
    if (file->is_path()) return fail(EBADF);
    if (file->kind() == FileKind::pipe || file->kind() == FileKind::console) return fail(ESPIPE);
    constexpr int kLastAdvice = 5;  // POSIX_FADV_NOREUSE
    if (advice < 0 || advice > kLastAdvice || bytes < 0) return fail(EINVAL);
    return 0;
}

SysResult sys_readahead(Thread& self, int fd, i64, u64) {
    const auto file = MF_TRY(readable_file(self, fd));
    const auto inode = file->inode();
    if (!inode || !inode->is_regular()) return fail(EINVAL);
    return 0;
}

SysResult sys_fsync(Thread& self, int fd) {
    const auto file = MF_TRY(self.fds().get(fd));
    if (file->is_path()) return fail(EBADF);
    const auto inode = file->inode();
    if (!inode || S_ISFIFO(inode->mode()) || S_ISCHR(inode->mode())) return fail(EINVAL);
    return 0;
}

SysResult sys_sync_file_range(Thread& self, int fd, i64 offset, i64 bytes, unsigned) {
    const auto file = MF_TRY(self.fds().get(fd));
    if (file->is_path()) return fail(EBADF);
    if (offset < 0 || bytes < 0) return fail(EINVAL);
    if (!file->inode()) return fail(ESPIPE);
    return 0;
}

SysResult sys_sync(Thread&) { return 0; }

}  // namespace mayfly::guest
