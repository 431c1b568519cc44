#include <linux/fcntl.h>
#include <linux/fs.h>

#include "guest/fs/names.h"

namespace mayfly::guest {

namespace {

// The rules of rename(2) that hold whatever the file system.
ErrnoOr<void> check_rename(const Walked& from, const Walked& to, unsigned flags) {
    if (from.kind != LastKind::name || to.kind != LastKind::name) return fail(EBUSY);
    if (!from.entry) return fail(ENOENT);
    if ((flags & RENAME_NOREPLACE) != 0 && to.entry) return fail(EEXIST);
    if ((flags & RENAME_EXCHANGE) != 0 && !to.entry) return fail(ENOENT);
    const bool moves_directory = from.entry->inode().is_directory();
    const bool replaces_directory = to.entry && to.entry->inode().is_directory();
    if (!moves_directory) {
        if (from.trailing_slash) return fail(ENOTDIR);
        if (to.trailing_slash && !((flags & RENAME_EXCHANGE) != 0 && replaces_directory)) return fail(ENOTDIR);
    }
    if (from.entry->is_mount_root() || (to.entry && to.entry->is_mount_root())) return fail(EBUSY);
    if (&from.directory->inode().filesystem() != &to.directory->inode().filesystem()) return fail(EXDEV);
    if (from.directory->inode().filesystem().read_only()) return fail(EROFS);
    // Into itself, or onto one of the directories it lies in.
    if (moves_directory && to.directory->is_below(*from.entry)) return fail(EINVAL);
    if (to.entry && from.directory->is_below(*to.entry))
        return fail((flags & RENAME_EXCHANGE) != 0 ? EINVAL : ENOTEMPTY);
    if ((flags & RENAME_EXCHANGE) == 0 && to.entry && to.entry != from.entry) {
        if (moves_directory && !replaces_directory) return fail(ENOTDIR);
        if (!moves_directory && replaces_directory) return fail(EISDIR);
    }
    return {};
}

ErrnoOr<void> rename(const Walked& from, const Walked& to, unsigned flags) {
    MF_TRY(check_rename(from, to, flags));
    Inode& inode = from.entry->inode();
    Inode* replaced = to.entry ? &to.entry->inode() : nullptr;
    // Two names of one file: nothing happens, both stay.
    if (replaced == &inode) return {};
    const bool exchange = (flags & RENAME_EXCHANGE) != 0;
    MF_TRY(from.directory->inode().rename(from.name, inode, to.directory->inode(), to.name, replaced, exchange));
    if (exchange) {
        Dentry::exchange(*from.entry, *to.entry);
        return {};
    }
    if (to.entry) to.entry->mark_deleted();
    // Without memory for the new name the file is looked up anew the next time.
    if (!from.entry->move_to(to.directory, to.name)) from.entry->mark_deleted();
    return {};
}

}  // namespace

SysResult sys_renameat2(Thread& self, int old_dirfd, UserString old_path, int new_dirfd, UserString new_path,
                        unsigned flags) {
    if ((flags & ~static_cast<unsigned>(RENAME_NOREPLACE | RENAME_EXCHANGE)) != 0) return fail(EINVAL);
    if (flags == (RENAME_NOREPLACE | RENAME_EXCHANGE)) return fail(EINVAL);
    const auto old_text = MF_TRY(old_path.copy());
    const auto new_text = MF_TRY(new_path.copy());
    const auto from = MF_TRY(walk_to_name_at(self, old_dirfd, old_text.view()));
    const auto to = MF_TRY(walk_to_name_at(self, new_dirfd, new_text.view()));
    MF_TRY(rename(from, to, flags));
    return 0;
}

SysResult sys_renameat(Thread& self, int old_dirfd, UserString old_path, int new_dirfd, UserString new_path) {
    return sys_renameat2(self, old_dirfd, old_path, new_dirfd, new_path, 0);
}

SysResult sys_rename(Thread& self, UserString old_path, UserString new_path) {
    return sys_renameat2(self, AT_FDCWD, old_path, AT_FDCWD, new_path, 0);
}

}  // namespace mayfly::guest
