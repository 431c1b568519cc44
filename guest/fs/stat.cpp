#include "guest/fs/stat.h"

#include <linux/fcntl.h>
#include <linux/magic.h>

namespace mayfly::guest {

namespace {

// Where pipes, sockets and the like live on Linux: file systems that nobody can mount.
constexpr u64 kAnonymousDevice = make_device(0, 15);

u32 mode_of(FileKind kind) {
    switch (kind) {
    case FileKind::pipe:
    case FileKind::console: return S_IFIFO | 0600;
    case FileKind::socket: return S_IFSOCK | 0777;
    case FileKind::terminal: return S_IFCHR | 0620;
    default: return 0600;
    }
}

Timestamp from(u64 seconds, u64 nanoseconds) { return {static_cast<i64>(seconds), static_cast<u32>(nanoseconds)}; }

statx_timestamp to_statx(Timestamp time) {
    statx_timestamp result{};
    result.tv_sec = time.seconds;
    result.tv_nsec = time.nanoseconds;
    return result;
}

ErrnoOr<Stat> stat_at(Thread& self, int dirfd, UserString path, int flags) {
    const auto target = MF_TRY(target_at(self, dirfd, path, flags));
    return target.file ? stat_of(*target.file) : stat_of(*target.inode);
}

}  // namespace

Stat stat_of(const Inode& inode) {
    const Attributes& attributes = inode.attributes();
    Stat result{};
    result.st_dev = make_device(0, inode.filesystem().minor());
    result.st_ino = inode.number();
    result.st_nlink = attributes.links;
    result.st_mode = attributes.mode;
    result.st_uid = attributes.uid;
    result.st_gid = attributes.gid;
    result.st_rdev = attributes.device;
    result.st_size = static_cast<i64>(attributes.size);
    result.st_blksize = kPageSize;
    result.st_blocks = static_cast<i64>(inode.blocks());
    result.st_atime = static_cast<u64>(attributes.accessed.seconds);
    result.st_atime_nsec = attributes.accessed.nanoseconds;
    result.st_mtime = static_cast<u64>(attributes.modified.seconds);
    result.st_mtime_nsec = attributes.modified.nanoseconds;
    result.st_ctime = static_cast<u64>(attributes.changed.seconds);
    result.st_ctime_nsec = attributes.changed.nanoseconds;
    return result;
}

Stat stat_of(const File& file) {
    if (const auto inode = file.inode()) return stat_of(*inode);
    Stat result{};
    result.st_dev = kAnonymousDevice;
    // Two descriptors show the same file when they have the same number.
    result.st_ino = (reinterpret_cast<u64>(&file) >> 4) & 0xffffffff;
    result.st_nlink = 1;
    result.st_mode = mode_of(file.kind());
    result.st_blksize = kPageSize;
    return result;
}

SysResult sys_newfstatat(Thread& self, int dirfd, UserString path, UserPtr<Stat> out, int flags) {
    if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT)) != 0) return fail(EINVAL);
    const Stat result = MF_TRY(stat_at(self, dirfd, path, flags));
    MF_TRY(out.put(result));
    return 0;
}

SysResult sys_stat(Thread& self, UserString path, UserPtr<Stat> out) {
    return sys_newfstatat(self, AT_FDCWD, path, out, 0);
}

SysResult sys_lstat(Thread& self, UserString path, UserPtr<Stat> out) {
    return sys_newfstatat(self, AT_FDCWD, path, out, AT_SYMLINK_NOFOLLOW);
}

SysResult sys_fstat(Thread& self, int fd, UserPtr<Stat> out) {
    const auto file = MF_TRY(self.fds().get(fd));
    MF_TRY(out.put(stat_of(*file)));
    return 0;
}

SysResult sys_statx(Thread& self, int dirfd, UserString path, int flags, unsigned mask, UserAddr out) {
    constexpr int kKnown = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT | AT_STATX_SYNC_TYPE;
    if ((flags & ~kKnown) != 0 || (flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE) return fail(EINVAL);
    if ((mask & STATX__RESERVED) != 0) return fail(EINVAL);
    const Stat info = MF_TRY(stat_at(self, dirfd, path, flags));
    struct ::statx result {};
    result.stx_mask = STATX_BASIC_STATS;
    result.stx_blksize = static_cast<u32>(info.st_blksize);
    result.stx_nlink = static_cast<u32>(info.st_nlink);
    result.stx_uid = info.st_uid;
    result.stx_gid = info.st_gid;
    result.stx_mode = static_cast<u16>(info.st_mode);
    result.stx_ino = info.st_ino;
    result.stx_size = static_cast<u64>(info.st_size);
    result.stx_blocks = static_cast<u64>(info.st_blocks);
    result.stx_atime = to_statx(from(info.st_atime, info.st_atime_nsec));
    result.stx_mtime = to_statx(from(info.st_mtime, info.st_mtime_nsec));
    result.stx_ctime = to_statx(from(info.st_ctime, info.st_ctime_nsec));
    result.stx_rdev_major = device_major(info.st_rdev);
    result.stx_rdev_minor = device_minor(info.st_rdev);
    result.stx_dev_major = device_major(info.st_dev);
    result.stx_dev_minor = device_minor(info.st_dev);
    MF_TRY(copy_to_user(out, &result, sizeof(result)));
    return 0;
}

}  // namespace mayfly::guest
