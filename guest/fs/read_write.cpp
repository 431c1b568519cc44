#include "guest/fs/read_write.h"

#include <linux/fs.h>

#include "guest/fs/fd_table.h"

namespace mayfly::guest {

namespace {

SysResult as_result(ErrnoOr<usize> bytes) {
    if (!bytes) return Unexpected(bytes.error());
    return static_cast<long>(*bytes);
}

// What is refused is a promise that would not be kept; the rest needs nothing here, as no file waits
// for a disk.
constexpr unsigned kReadFlags = RWF_HIPRI | RWF_NOWAIT;
constexpr unsigned kWriteFlags = RWF_HIPRI | RWF_DSYNC | RWF_SYNC | RWF_APPEND;

}  // namespace

ErrnoOr<Ref<File>> readable_file(Thread& self, int fd) {
    auto file = MF_TRY(self.fds().get(fd));
    if (!file->readable()) return fail(EBADF);
    return file;
}

ErrnoOr<Ref<File>> writable_file(Thread& self, int fd) {
    auto file = MF_TRY(self.fds().get(fd));
    if (!file->writable()) return fail(EBADF);
    return file;
}

SysResult sys_read(Thread& self, int fd, UserAddr to, u64 bytes) {
    auto file = MF_TRY(readable_file(self, fd));
    auto buffer = IoBuffer::user(to, bytes);
    return as_result(file->read(buffer));
}

SysResult sys_write(Thread& self, int fd, UserAddr from, u64 bytes) {
    auto file = MF_TRY(writable_file(self, fd));
    auto buffer = IoBuffer::user(from, bytes);
    return as_result(file->write(buffer));
}

SysResult sys_readv(Thread& self, int fd, UserAddr iovec, u64 count) {
    auto file = MF_TRY(readable_file(self, fd));
    auto buffer = MF_TRY(IoBuffer::user_iovec(iovec, count));
    return as_result(file->read(buffer));
}

SysResult sys_writev(Thread& self, int fd, UserAddr iovec, u64 count) {
    auto file = MF_TRY(writable_file(self, fd));
    auto buffer = MF_TRY(IoBuffer::user_iovec(iovec, count));
    return as_result(file->write(buffer));
}

SysResult sys_pread64(Thread& self, int fd, UserAddr to, u64 bytes, i64 offset) {
    if (offset < 0) return fail(EINVAL);
    auto file = MF_TRY(readable_file(self, fd));
    auto buffer = IoBuffer::user(to, bytes);
    return as_result(file->read_at(buffer, static_cast<u64>(offset)));
}

SysResult sys_pwrite64(Thread& self, int fd, UserAddr from, u64 bytes, i64 offset) {
    if (offset < 0) return fail(EINVAL);
    auto file = MF_TRY(writable_file(self, fd));
    auto buffer = IoBuffer::user(from, bytes);
    return as_result(file->write_at(buffer, static_cast<u64>(offset)));
}

SysResult sys_preadv(Thread& self, int fd, UserAddr iovec, u64 count, i64 offset) {
    if (offset < 0) return fail(EINVAL);
    auto file = MF_TRY(readable_file(self, fd));
    auto buffer = MF_TRY(IoBuffer::user_iovec(iovec, count));
    return as_result(file->read_at(buffer, static_cast<u64>(offset)));
}

SysResult sys_pwritev(Thread& self, int fd, UserAddr iovec, u64 count, i64 offset) {
    if (offset < 0) return fail(EINVAL);
    auto file = MF_TRY(writable_file(self, fd));
    auto buffer = MF_TRY(IoBuffer::user_iovec(iovec, count));
    return as_result(file->write_at(buffer, static_cast<u64>(offset)));
}

SysResult sys_preadv2(Thread& self, int fd, UserAddr iovec, u64 count, i64 offset, u64, unsigned flags) {
    if ((flags & ~kReadFlags) != 0) return fail(EOPNOTSUPP);
    // A stream may have to wait, and can't be told not to for one call.
    if ((flags & RWF_NOWAIT) != 0) {
        auto file = MF_TRY(readable_file(self, fd));
        if (file->kind() != FileKind::other) return fail(EOPNOTSUPP);
    }
    return offset == -1 ? sys_readv(self, fd, iovec, count) : sys_preadv(self, fd, iovec, count, offset);
}

SysResult sys_pwritev2(Thread& self, int fd, UserAddr iovec, u64 count, i64 offset, u64, unsigned flags) {
    if ((flags & ~kWriteFlags) != 0) return fail(EOPNOTSUPP);
    if ((flags & RWF_APPEND) != 0) {
        auto file = MF_TRY(writable_file(self, fd));
        auto inode = file->inode();
        if (inode && inode->is_regular()) {
            auto buffer = MF_TRY(IoBuffer::user_iovec(iovec, count));
            return as_result(file->write_at(buffer, inode->size()));
        }
    }
    return offset == -1 ? sys_writev(self, fd, iovec, count) : sys_pwritev(self, fd, iovec, count, offset);
}

SysResult sys_lseek(Thread& self, int fd, i64 offset, unsigned whence) {
    auto file = MF_TRY(self.fds().get(fd));
    return file->seek(offset, static_cast<int>(whence));
}

}  // namespace mayfly::guest
