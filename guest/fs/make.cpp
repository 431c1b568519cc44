#include <linux/fcntl.h>

#include "guest/fs/names.h"

namespace mayfly::guest {

SysResult sys_mkdirat(Thread& self, int dirfd, UserString path, u32 mode) {
    const auto text = MF_TRY(path.copy());
    MF_TRY(make_at(self, dirfd, text.view(), S_IFDIR | (mode & 01777)));
    return 0;
}

SysResult sys_mkdir(Thread& self, UserString path, u32 mode) { return sys_mkdirat(self, AT_FDCWD, path, mode); }

SysResult sys_mknodat(Thread& self, int dirfd, UserString path, u32 mode, u64 device) {
    const auto text = MF_TRY(path.copy());
    switch (mode & S_IFMT) {
    case 0: mode |= S_IFREG; break;
    case S_IFREG:
    case S_IFIFO:
    case S_IFSOCK:
    case S_IFCHR:
    case S_IFBLK: break;
    case S_IFDIR: return fail(EPERM);
    default: return fail(EINVAL);
    }
    const bool is_device = S_ISCHR(mode) || S_ISBLK(mode);
    MF_TRY(make_at(self, dirfd, text.view(), mode, is_device ? device : 0));
    return 0;
}

SysResult sys_mknod(Thread& self, UserString path, u32 mode, u64 device) {
    return sys_mknodat(self, AT_FDCWD, path, mode, device);
}

SysResult sys_symlinkat(Thread& self, UserString target, int dirfd, UserString path) {
    const auto text = MF_TRY(target.copy());
    const auto name = MF_TRY(path.copy());
    if (text.empty()) return fail(ENOENT);
    const auto end = MF_TRY(walk_to_name_at(self, dirfd, name.view()));
    if (end.kind != LastKind::name || end.entry) return fail(EEXIST);
    if (end.trailing_slash) return fail(ENOENT);
    auto inode = MF_TRY(end.directory->inode().make_symlink(end.name, text.view()));
    MF_TRY(enter_made(*end.directory, end.name, std::move(inode)));
    return 0;
}

SysResult sys_symlink(Thread& self, UserString target, UserString path) {
    return sys_symlinkat(self, target, AT_FDCWD, path);
}

SysResult sys_readlinkat(Thread& self, int dirfd, UserString path, UserAddr to, int bytes) {
    if (bytes <= 0) return fail(EINVAL);
    const auto text = MF_TRY(path.copy());
    Ref<Inode> inode;
    if (text.empty()) {
        // A descriptor of the symlink itself (O_PATH | O_NOFOLLOW).
        const auto file = MF_TRY(self.fds().get(dirfd));
        inode = file->inode();
        if (!inode || !inode->is_symlink()) return fail(ENOENT);
    } else {
        const auto end = MF_TRY(walk_at(self, dirfd, text.view(), false));
        if (end.file) return fail(EINVAL);
        if (!end.entry) return fail(ENOENT);
        if (end.trailing_slash && !end.entry->inode().is_directory()) return fail(ENOTDIR);
        inode = end.entry->inode_ref();
    }
    const auto target = MF_TRY(inode->follow());
    const usize length =
        target.text.size() < static_cast<usize>(bytes) ? target.text.size() : static_cast<usize>(bytes);
    MF_TRY(copy_to_user(to, target.text.view().data(), length));
    return static_cast<long>(length);
}

SysResult sys_readlink(Thread& self, UserString path, UserAddr to, int bytes) {
    return sys_readlinkat(self, AT_FDCWD, path, to, bytes);
}

}  // namespace mayfly::guest
