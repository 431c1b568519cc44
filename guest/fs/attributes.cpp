#include "guest/fs/attributes.h"

#include <linux/fcntl.h>

namespace mayfly::guest {

SysResult sys_fchmodat2(Thread& self, int dirfd, UserString path, u32 mode, int flags) {
    if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0) return fail(EINVAL);
    const auto inode = MF_TRY(inode_at(self, dirfd, path, flags));
    if (inode->is_symlink()) return fail(EOPNOTSUPP);
    MF_TRY(inode->set_mode(mode));
    return 0;
}

SysResult sys_fchmodat(Thread& self, int dirfd, UserString path, u32 mode) {
    return sys_fchmodat2(self, dirfd, path, mode, 0);
}

SysResult sys_chmod(Thread& self, UserString path, u32 mode) { return sys_fchmodat2(self, AT_FDCWD, path, mode, 0); }

SysResult sys_fchmod(Thread& self, int fd, u32 mode) {
    const auto inode = MF_TRY(inode_of(self, fd));
    MF_TRY(inode->set_mode(mode));
    return 0;
}

SysResult sys_fchownat(Thread& self, int dirfd, UserString path, u32 uid, u32 gid, int flags) {
    if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0) return fail(EINVAL);
    const auto inode = MF_TRY(inode_at(self, dirfd, path, flags));
    MF_TRY(inode->set_owner(uid, gid));
    return 0;
}

SysResult sys_chown(Thread& self, UserString path, u32 uid, u32 gid) {
    return sys_fchownat(self, AT_FDCWD, path, uid, gid, 0);
}

SysResult sys_lchown(Thread& self, UserString path, u32 uid, u32 gid) {
    return sys_fchownat(self, AT_FDCWD, path, uid, gid, AT_SYMLINK_NOFOLLOW);
}

SysResult sys_fchown(Thread& self, int fd, u32 uid, u32 gid) {
    const auto inode = MF_TRY(inode_of(self, fd));
    MF_TRY(inode->set_owner(uid, gid));
    return 0;
}

SysResult sys_umask(Thread& self, int mask) {
    const int before = self.process().file_mode_mask;
    self.process().file_mode_mask = mask & 0777;
    return before;
}

}  // namespace mayfly::guest
