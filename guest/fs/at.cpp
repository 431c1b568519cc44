#include "guest/fs/at.h"

#include <linux/fcntl.h>

namespace mayfly::guest {

namespace {

ErrnoOr<Ref<Dentry>> base_of(Thread& self, int dirfd, std::string_view path) {
    FsContext& context = self.process().fs();
    if (path.starts_with('/')) return context.root();
    if (dirfd == AT_FDCWD) return context.working_directory();
    auto file = MF_TRY(self.fds().get(dirfd));
    if (!file->dentry() || !file->dentry()->inode().is_directory()) return fail(ENOTDIR);
    return file->dentry();
}

}  // namespace

ErrnoOr<Walked> walk_at(Thread& self, int dirfd, std::string_view path, bool follow_last) {
    if (path.empty()) return fail(ENOENT);
    auto base = MF_TRY(base_of(self, dirfd, path));
    return walk(self.process().fs(), std::move(base), path, follow_last);
}

ErrnoOr<Walked> walk_to_name_at(Thread& self, int dirfd, std::string_view path) {
    if (path.empty()) return fail(ENOENT);
    auto base = MF_TRY(base_of(self, dirfd, path));
    return walk_to_name(self.process().fs(), std::move(base), path);
}

ErrnoOr<Ref<Dentry>> resolve_at(Thread& self, int dirfd, UserString path, bool follow_last) {
    auto text = MF_TRY(path.copy());
    if (text.empty()) return fail(ENOENT);
    auto base = MF_TRY(base_of(self, dirfd, text.view()));
    return resolve(self.process().fs(), std::move(base), text.view(), follow_last);
}

ErrnoOr<Target> target_at(Thread& self, int dirfd, UserString path, int flags) {
    auto text = MF_TRY(path.copy());
    if (text.empty()) {
        if ((flags & AT_EMPTY_PATH) == 0) return fail(ENOENT);
        if (dirfd == AT_FDCWD) return Target{self.process().fs().working_directory()->inode_ref(), nullptr};
        auto file = MF_TRY(self.fds().get(dirfd));
        auto inode = file->inode();
        return Target{std::move(inode), std::move(file)};
    }
    auto end = MF_TRY(walk_at(self, dirfd, text.view(), (flags & AT_SYMLINK_NOFOLLOW) == 0));
    if (end.file) {
        auto inode = end.file->inode();
        return Target{std::move(inode), std::move(end.file)};
    }
    if (!end.entry) return fail(ENOENT);
    if (end.trailing_slash && !end.entry->inode().is_directory()) return fail(ENOTDIR);
    return Target{end.entry->inode_ref(), nullptr};
}

ErrnoOr<Ref<Inode>> inode_at(Thread& self, int dirfd, UserString path, int flags) {
    auto target = MF_TRY(target_at(self, dirfd, path, flags));
    if (!target.inode) return fail(EINVAL);
    return std::move(target.inode);
}

ErrnoOr<Ref<Inode>> inode_of(Thread& self, int fd) {
    auto file = MF_TRY(self.fds().get(fd));
    if (file->is_path()) return fail(EBADF);
    auto inode = file->inode();
    if (!inode) return fail(EINVAL);
    return inode;
}

ErrnoOr<Ref<Dentry>> enter_made(Dentry& directory, std::string_view name, Ref<Inode> inode) {
    auto entered = directory.add_child(name, inode);
    if (entered) return entered;
    Inode& parent = directory.inode();
    static_cast<void>(inode->is_directory() ? parent.remove_directory(name, *inode) : parent.unlink(name, *inode));
    return entered;
}

ErrnoOr<Ref<Dentry>> make_at(Thread& self, int dirfd, std::string_view path, u32 mode, u64 device) {
    auto end = MF_TRY(walk_to_name_at(self, dirfd, path));
    if (end.kind != LastKind::name || end.entry) return fail(EEXIST);
    if (end.trailing_slash && !S_ISDIR(mode)) return fail(ENOENT);
    Inode& directory = end.directory->inode();
    if (directory.filesystem().read_only()) return fail(EROFS);
    const u32 permissions = mode & 07777 & ~static_cast<u32>(self.process().file_mode_mask);
    auto inode = MF_TRY(directory.make(end.name, (mode & S_IFMT) | permissions, device));
    return enter_made(*end.directory, end.name, std::move(inode));
}

}  // namespace mayfly::guest
