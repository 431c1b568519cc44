#include <linux/fcntl.h>
#include <linux/limits.h>

#include "guest/fs/attributes.h"

namespace mayfly::guest {

namespace {

// What the file at the path would answer; first it must be there, and the name one that may exist.
SysResult answer_at(Thread& self, UserString path, UserString name, int flags, int error) {
    const auto text = MF_TRY(name.copy(XATTR_NAME_MAX));
    if (text.empty()) return fail(ERANGE);
    MF_TRY(target_at(self, AT_FDCWD, path, flags));
    return fail(error);
}

SysResult answer_for(Thread& self, int fd, UserString name, int error) {
    const auto file = MF_TRY(self.fds().get(fd));
    if (file->is_path()) return fail(EBADF);
    const auto text = MF_TRY(name.copy(XATTR_NAME_MAX));
    if (text.empty()) return fail(ERANGE);
    return fail(error);
}

}  // namespace

SysResult sys_setxattr(Thread& self, UserString path, UserString name, UserAddr, u64, int) {
    return answer_at(self, path, name, 0, EOPNOTSUPP);
}
SysResult sys_lsetxattr(Thread& self, UserString path, UserString name, UserAddr, u64, int) {
    return answer_at(self, path, name, AT_SYMLINK_NOFOLLOW, EOPNOTSUPP);
}
SysResult sys_fsetxattr(Thread& self, int fd, UserString name, UserAddr, u64, int) {
    return answer_for(self, fd, name, EOPNOTSUPP);
}
SysResult sys_getxattr(Thread& self, UserString path, UserString name, UserAddr, u64) {
    return answer_at(self, path, name, 0, EOPNOTSUPP);
}
SysResult sys_lgetxattr(Thread& self, UserString path, UserString name, UserAddr, u64) {
    return answer_at(self, path, name, AT_SYMLINK_NOFOLLOW, EOPNOTSUPP);
}
SysResult sys_fgetxattr(Thread& self, int fd, UserString name, UserAddr, u64) {
    return answer_for(self, fd, name, EOPNOTSUPP);
}
SysResult sys_listxattr(Thread& self, UserString path, UserAddr, u64) {
    MF_TRY(target_at(self, AT_FDCWD, path, 0));
    return 0;
}
SysResult sys_llistxattr(Thread& self, UserString path, UserAddr, u64) {
    MF_TRY(target_at(self, AT_FDCWD, path, AT_SYMLINK_NOFOLLOW));
    return 0;
}
SysResult sys_flistxattr(Thread& self, int fd, UserAddr, u64) {
    MF_TRY(self.fds().get(fd));
    return 0;
}
SysResult sys_removexattr(Thread& self, UserString path, UserString name) {
    return answer_at(self, path, name, 0, EOPNOTSUPP);
}
SysResult sys_lremovexattr(Thread& self, UserString path, UserString name) {
    return answer_at(self, path, name, AT_SYMLINK_NOFOLLOW, EOPNOTSUPP);
}
SysResult sys_fremovexattr(Thread& self, int fd, UserString name) { return answer_for(self, fd, name, EOPNOTSUPP); }

}  // namespace mayfly::guest
