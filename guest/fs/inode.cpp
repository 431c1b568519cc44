#include "guest/fs/inode.h"

#include <linux/falloc.h>

#include "guest/fs/dentry.h"
#include "guest/fs/file.h"

namespace mayfly::guest {

ErrnoOr<void> Inode::check_writable() const {
    if (filesystem_.read_only()) return fail(EROFS);
    return {};
}

ErrnoOr<Ref<Inode>> Inode::lookup(std::string_view) { return fail(is_directory() ? ENOENT : ENOTDIR); }

ErrnoOr<void> Inode::list(u64, DirectorySink&) {
    if (!is_directory()) return fail(ENOTDIR);
    return {};
}

// What a file system does not offer: EROFS where nothing can be changed, else EPERM (as link(2) says).

ErrnoOr<Ref<Inode>> Inode::make(std::string_view, u32, u64) {
    MF_TRY(check_writable());
    return fail(EPERM);
}

ErrnoOr<Ref<Inode>> Inode::make_symlink(std::string_view, std::string_view) {
    MF_TRY(check_writable());
    return fail(EPERM);
}

ErrnoOr<Ref<Inode>> Inode::make_unnamed(u32) {
    MF_TRY(check_writable());
    return fail(EOPNOTSUPP);
}

ErrnoOr<void> Inode::link(std::string_view, Inode&) {
    MF_TRY(check_writable());
    return fail(EPERM);
}

ErrnoOr<void> Inode::unlink(std::string_view, Inode&) {
    MF_TRY(check_writable());
    return fail(EPERM);
}

ErrnoOr<void> Inode::remove_directory(std::string_view, Inode&) {
    MF_TRY(check_writable());
    return fail(EPERM);
}

ErrnoOr<void> Inode::rename(std::string_view, Inode&, Inode&, std::string_view, Inode*, bool) {
    MF_TRY(check_writable());
    return fail(EPERM);
}

ErrnoOr<LinkTarget> Inode::follow() { return fail(EINVAL); }

ErrnoOr<usize> Inode::read_at(IoBuffer&, u64) { return fail(is_directory() ? EISDIR : EINVAL); }

ErrnoOr<usize> Inode::write_at(IoBuffer&, u64) { return fail(EINVAL); }

ErrnoOr<void> Inode::truncate(u64) {
    if (is_directory()) return fail(EISDIR);
    MF_TRY(check_writable());
    return fail(EINVAL);
}

ErrnoOr<void> Inode::allocate(u32, u64, u64) { return fail(EOPNOTSUPP); }

ErrnoOr<u64> Inode::seek_data(u64 offset) { return offset; }

ErrnoOr<u64> Inode::seek_hole(u64) { return size(); }

ErrnoOr<PhysAddr> Inode::page(u64, bool) { return fail(ENXIO); }

ErrnoOr<void> Inode::punch_hole(u64 offset, u64 bytes) {
    return allocate(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, bytes);
}

ErrnoOr<Ref<File>> Inode::open(int) { return Ref<File>{}; }

ErrnoOr<void> Inode::set_mode(u32 permissions) {
    MF_TRY(check_writable());
    attributes_.mode = (attributes_.mode & S_IFMT) | (permissions & 07777);
    attributes_.changed = Timestamp::now();
    return {};
}

ErrnoOr<void> Inode::set_owner(u32 uid, u32 gid) {
    MF_TRY(check_writable());
    if (uid != ~0u) attributes_.uid = uid;
    if (gid != ~0u) attributes_.gid = gid;
    // Linux takes set-id bits away also when root changes the owner; set-group-id without the
    // group's execute bit marks mandatory locking and stays.
    if (!is_directory()) {
        attributes_.mode &= ~static_cast<u32>(S_ISUID);
        if ((attributes_.mode & S_IXGRP) != 0) attributes_.mode &= ~static_cast<u32>(S_ISGID);
    }
    attributes_.changed = Timestamp::now();
    return {};
}

ErrnoOr<void> Inode::set_times(const Timestamp* accessed, const Timestamp* modified) {
    MF_TRY(check_writable());
    if (accessed != nullptr) attributes_.accessed = *accessed;
    if (modified != nullptr) attributes_.modified = *modified;
    attributes_.changed = Timestamp::now();
    return {};
}

}  // namespace mayfly::guest
