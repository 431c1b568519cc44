#include <linux/fcntl.h>

#include "guest/fs/stat.h"

namespace mayfly::guest {

namespace {

// access(2)'s modes: POSIX's, in no UAPI header.
constexpr int kMayExecute = 1;
constexpr int kMayWrite = 2;
constexpr int kMayRead = 4;

Statfs statfs_of(const FileSystem& filesystem) {
    const FileSystemStatistics numbers = filesystem.statistics();
    Statfs result{};
    result.f_type = numbers.magic;
    result.f_bsize = kPageSize;
    result.f_frsize = kPageSize;
    result.f_blocks = static_cast<i64>(numbers.blocks);
    result.f_bfree = result.f_bavail = static_cast<i64>(numbers.free_blocks);
    result.f_files = static_cast<i64>(numbers.files);
    result.f_ffree = static_cast<i64>(numbers.free_files);
    result.f_fsid.val[0] = static_cast<int>(filesystem.minor());
    result.f_namelen = kMaxName;
    constexpr int kValid = 0x20;  // ST_VALID: f_flags means something
    constexpr int kReadOnly = 1;  // ST_RDONLY
    result.f_flags = kValid | (filesystem.read_only() ? kReadOnly : 0);
    return result;
}

// As root: everything but writing to a read-only file system and executing what nobody may execute.
ErrnoOr<void> check_access(const Inode& inode, int mode) {
    const bool is_contents = inode.is_regular() || inode.is_directory() || inode.is_symlink();
    if ((mode & kMayWrite) != 0 && is_contents && inode.filesystem().read_only()) return fail(EROFS);
    if ((mode & kMayExecute) != 0 && !inode.is_directory() && (inode.mode() & 0111) == 0) return fail(EACCES);
    return {};
}

}  // namespace

SysResult sys_faccessat2(Thread& self, int dirfd, UserString path, int mode, int flags) {
    if ((mode & ~(kMayExecute | kMayWrite | kMayRead)) != 0) return fail(EINVAL);
    if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_EACCESS)) != 0) return fail(EINVAL);
    const auto target = MF_TRY(target_at(self, dirfd, path, flags));
    if (target.inode) MF_TRY(check_access(*target.inode, mode));
    return 0;
}

SysResult sys_faccessat(Thread& self, int dirfd, UserString path, int mode) {
    return sys_faccessat2(self, dirfd, path, mode, 0);
}

SysResult sys_access(Thread& self, UserString path, int mode) { return sys_faccessat2(self, AT_FDCWD, path, mode, 0); }

SysResult sys_statfs(Thread& self, UserString path, UserPtr<Statfs> out) {
    const auto inode = MF_TRY(inode_at(self, AT_FDCWD, path, 0));
    MF_TRY(out.put(statfs_of(inode->filesystem())));
    return 0;
}

SysResult sys_fstatfs(Thread& self, int fd, UserPtr<Statfs> out) {
    const auto file = MF_TRY(self.fds().get(fd));
    const auto inode = file->inode();
    if (!inode) return fail(ENOSYS);
    MF_TRY(out.put(statfs_of(inode->filesystem())));
    return 0;
}

}  // namespace mayfly::guest
