#include "guest/fs/open.h"

#include <linux/close_range.h>
#include <linux/fcntl.h>
#include <linux/openat2.h>

#include "guest/fs/inode_file.h"
#include "guest/lib/format.h"

namespace mayfly::guest {

namespace {

// What F_GETFL does not show: these act at open() alone, or belong to the descriptor.
constexpr int kOpenOnly = O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC;
constexpr int kPathFlags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
constexpr int kTemporary = __O_TMPFILE;

bool wants_write(int flags) { return (flags & O_ACCMODE) != O_RDONLY; }

ErrnoOr<Ref<File>> open_temporary(Thread& self, Walked& end, int flags, u32 mode) {
    if ((flags & O_DIRECTORY) == 0 || !wants_write(flags)) return fail(EINVAL);
    if (!end.entry) return fail(ENOENT);
    Inode& directory = end.entry->inode();
    if (!directory.is_directory()) return fail(ENOTDIR);
    const u32 permissions = mode & 07777 & ~static_cast<u32>(self.process().file_mode_mask);
    auto inode = MF_TRY(directory.make_unnamed(S_IFREG | permissions));
    if ((flags & O_EXCL) == 0) inode->set_linkable();
    char text[24];
    Format name(text);
    name.character('#').unsigned_decimal(inode->number());
    auto owned = MF_TRY(String::of(name.view()));
    auto dentry = MF_TRY(make_ref<Dentry>(end.entry, std::move(owned), std::move(inode)));
    dentry->mark_deleted();
    return Ref<File>(MF_TRY(make_ref<InodeFile>((flags & ~kOpenOnly) | O_LARGEFILE, std::move(dentry))));
}

ErrnoOr<Ref<File>> create(Thread& self, Walked& end, int flags, u32 mode) {
    if (end.kind != LastKind::name) return fail(EISDIR);
    if (end.trailing_slash) return fail(EISDIR);
    Inode& directory = end.directory->inode();
    const u32 permissions = mode & 07777 & ~static_cast<u32>(self.process().file_mode_mask);
    auto inode = MF_TRY(directory.make(end.name, S_IFREG | permissions, 0));
    auto dentry = MF_TRY(end.directory->add_child(end.name, std::move(inode)));
    // Not through open_dentry(): the new file may be written by this descriptor whatever its mode says.
    return Ref<File>(MF_TRY(make_ref<InodeFile>((flags & ~kOpenOnly) | O_LARGEFILE, std::move(dentry))));
}

ErrnoOr<Ref<File>> open_walked(const Walked& end, int flags) {
    if (end.file) {
        // /proc/self/fd/N of something without a name: another descriptor of the same open file.
        if ((flags & O_PATH) == 0 && wants_write(flags) && !end.file->writable()) return fail(EACCES);
        return end.file;
    }
    if (!end.entry) return fail(ENOENT);
    const Inode& inode = end.entry->inode();
    if ((flags & O_CREAT) != 0 && (flags & O_EXCL) != 0) return fail(EEXIST);
    if ((flags & O_CREAT) != 0 && inode.is_directory()) return fail(EISDIR);
    if (end.trailing_slash && !inode.is_directory()) return fail(ENOTDIR);
    if (inode.is_symlink() && (flags & O_PATH) == 0) return fail((flags & O_DIRECTORY) != 0 ? ENOTDIR : ELOOP);
    return open_dentry(end.entry, flags);
}

bool follows_last(int flags) { return (flags & O_NOFOLLOW) == 0 && (flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL); }

}  // namespace

ErrnoOr<Ref<File>> open_dentry(const Ref<Dentry>& dentry, int flags) {
    Inode& inode = dentry->inode();
    if ((flags & O_DIRECTORY) != 0 && !inode.is_directory()) return fail(ENOTDIR);
    if ((flags & O_PATH) != 0) return Ref<File>(MF_TRY(make_ref<PathFile>(flags & kPathFlags & ~O_CLOEXEC, dentry)));
    const int kept = (flags & ~kOpenOnly) | O_LARGEFILE;
    const bool changes = wants_write(flags) || (flags & O_TRUNC) != 0;
    if (inode.is_directory()) {
        if (changes) return fail(EISDIR);
        return Ref<File>(MF_TRY(make_ref<DirectoryFile>(kept, dentry)));
    }
    if (inode.is_regular() && changes && inode.filesystem().read_only()) return fail(EROFS);
    auto special = MF_TRY(inode.open(kept));
    if (special) {
        special->set_dentry(dentry);
        return special;
    }
    if (!inode.is_regular()) return fail(ENXIO);
    if ((flags & O_TRUNC) != 0) MF_TRY(inode.truncate(0));
    return Ref<File>(MF_TRY(make_ref<InodeFile>(kept, dentry)));
}

ErrnoOr<Ref<File>> open_at(Thread& self, int dirfd, std::string_view path, int flags, u32 mode) {
    if ((flags & O_PATH) != 0) flags &= kPathFlags;
    if ((flags & (O_CREAT | O_DIRECTORY)) == (O_CREAT | O_DIRECTORY)) return fail(EINVAL);
    auto end = MF_TRY(walk_at(self, dirfd, path, follows_last(flags)));
    if ((flags & kTemporary) != 0) return open_temporary(self, end, flags, mode);
    if (!end.entry && !end.file && (flags & O_CREAT) != 0) return create(self, end, flags, mode);
    return open_walked(end, flags);
}

SysResult sys_openat(Thread& self, int dirfd, UserString path, int flags, u32 mode) {
    auto text = MF_TRY(path.copy());
    auto place = MF_TRY(self.fds().reserve());
    auto file = MF_TRY(open_at(self, dirfd, text.view(), flags, mode));
    place.install(std::move(file), (flags & O_CLOEXEC) != 0);
    return place.fd();
}

SysResult sys_open(Thread& self, UserString path, int flags, u32 mode) {
    return sys_openat(self, AT_FDCWD, path, flags, mode);
}

SysResult sys_creat(Thread& self, UserString path, u32 mode) {
    return sys_openat(self, AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

SysResult sys_openat2(Thread& self, int dirfd, UserString path, UserAddr how_address, u64 size) {
    open_how how;
    if (size < sizeof(how)) return fail(EINVAL);
    if (size > sizeof(how)) return fail(E2BIG);
    MF_TRY(copy_from_user(&how, how_address, sizeof(how)));
    // The restrictions of how the path may be resolved are not there; a program must not think so.
    if (how.resolve != 0) return fail(EINVAL);
    if (how.flags > 0x7fffffff || (how.mode & ~u64{07777}) != 0) return fail(EINVAL);
    const int flags = static_cast<int>(how.flags);
    if (how.mode != 0 && (flags & (O_CREAT | kTemporary)) == 0) return fail(EINVAL);
    return sys_openat(self, dirfd, path, flags, static_cast<u32>(how.mode));
}

SysResult sys_close(Thread& self, int fd) {
    MF_TRY(self.fds().close(fd));
    return 0;
}

SysResult sys_close_range(Thread& self, unsigned first, unsigned last, unsigned flags) {
    // CLOSE_RANGE_UNSHARE: the table belongs to this process alone.
    if ((flags & ~static_cast<unsigned>(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC)) != 0) return fail(EINVAL);
    if (first > last) return fail(EINVAL);
    if (first >= FdTable::kLimit) return 0;
    FdTable& table = self.fds();
    for (int fd = table.next_open(static_cast<int>(first)); fd >= 0 && static_cast<unsigned>(fd) <= last;
         fd = table.next_open(fd + 1)) {
        if ((flags & CLOSE_RANGE_CLOEXEC) != 0)
            MF_TRY(table.set_close_on_exec(fd, true));
        else
            MF_TRY(table.close(fd));
    }
    return 0;
}

}  // namespace mayfly::guest
