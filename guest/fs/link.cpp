#include <linux/fcntl.h>

#include "guest/fs/names.h"

namespace mayfly::guest {

namespace {

// What linkat(2) makes a second name for.
ErrnoOr<Ref<Inode>> link_source(Thread& self, int dirfd, UserString path, int flags) {
    const int target_flags = ((flags & AT_SYMLINK_FOLLOW) != 0 ? 0 : AT_SYMLINK_NOFOLLOW) | (flags & AT_EMPTY_PATH);
    auto target = MF_TRY(target_at(self, dirfd, path, target_flags));
    if (!target.inode) return fail(EXDEV);
    if (target.inode->is_directory()) return fail(EPERM);
    return std::move(target.inode);
}

ErrnoOr<void> unlink_at(Thread& self, int dirfd, std::string_view path) {
    const auto end = MF_TRY(walk_to_name_at(self, dirfd, path));
    if (end.kind != LastKind::name) return fail(EISDIR);
    if (!end.entry) return fail(ENOENT);
    Inode& inode = end.entry->inode();
    if (inode.is_directory()) return fail(EISDIR);
    if (end.trailing_slash) return fail(ENOTDIR);
    if (end.entry->is_mount_root()) return fail(EBUSY);
    MF_TRY(end.directory->inode().unlink(end.name, inode));
    end.entry->mark_deleted();
    return {};
}

ErrnoOr<void> remove_directory_at(Thread& self, int dirfd, std::string_view path) {
    const auto end = MF_TRY(walk_to_name_at(self, dirfd, path));
    switch (end.kind) {
    case LastKind::dot: return fail(EINVAL);
    case LastKind::dot_dot: return fail(ENOTEMPTY);
    case LastKind::name: break;
    default: return fail(EBUSY);
    }
    if (!end.entry) return fail(ENOENT);
    Inode& inode = end.entry->inode();
    if (!inode.is_directory()) return fail(ENOTDIR);
    if (end.entry->is_mount_root()) return fail(EBUSY);
    MF_TRY(end.directory->inode().remove_directory(end.name, inode));
    end.entry->mark_deleted();
    return {};
}

}  // namespace

SysResult sys_linkat(Thread& self, int old_dirfd, UserString old_path, int new_dirfd, UserString new_path, int flags) {
    if ((flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH)) != 0) return fail(EINVAL);
    const auto inode = MF_TRY(link_source(self, old_dirfd, old_path, flags));
    const auto text = MF_TRY(new_path.copy());
    const auto end = MF_TRY(walk_to_name_at(self, new_dirfd, text.view()));
    if (end.kind != LastKind::name || end.entry) return fail(EEXIST);
    if (end.trailing_slash) return fail(ENOENT);
    Inode& directory = end.directory->inode();
    if (&directory.filesystem() != &inode->filesystem()) return fail(EXDEV);
    // All names are gone, and no O_TMPFILE promised that there would be one.
    if (inode->attributes().links == 0 && !inode->linkable()) return fail(ENOENT);
    MF_TRY(directory.link(end.name, *inode));
    MF_TRY(enter_made(*end.directory, end.name, inode));
    return 0;
}

SysResult sys_link(Thread& self, UserString old_path, UserString new_path) {
    return sys_linkat(self, AT_FDCWD, old_path, AT_FDCWD, new_path, 0);
}

SysResult sys_unlinkat(Thread& self, int dirfd, UserString path, int flags) {
    if ((flags & ~AT_REMOVEDIR) != 0) return fail(EINVAL);
    const auto text = MF_TRY(path.copy());
    MF_TRY((flags & AT_REMOVEDIR) != 0 ? remove_directory_at(self, dirfd, text.view())
                                       : unlink_at(self, dirfd, text.view()));
    return 0;
}

SysResult sys_unlink(Thread& self, UserString path) { return sys_unlinkat(self, AT_FDCWD, path, 0); }

SysResult sys_rmdir(Thread& self, UserString path) { return sys_unlinkat(self, AT_FDCWD, path, AT_REMOVEDIR); }

}  // namespace mayfly::guest
