#include "guest/fs/file.h"

#include "guest/fs/lock.h"
#include "guest/fs/mount.h"

namespace mayfly::guest {

File::~File() { release_locks(*this); }

ErrnoOr<usize> File::read(IoBuffer&) { return fail(EINVAL); }

ErrnoOr<usize> File::write(IoBuffer&) { return fail(EINVAL); }

ErrnoOr<usize> File::read_at(IoBuffer&, u64) { return fail(ESPIPE); }

ErrnoOr<usize> File::write_at(IoBuffer&, u64) { return fail(ESPIPE); }

ErrnoOr<i64> File::seek(i64, int) { return fail(ESPIPE); }

SysResult File::ioctl(u32, UserAddr) { return fail(ENOTTY); }

ErrnoOr<Ref<MemoryObject>> File::memory_object() { return fail(ENODEV); }

Ref<Inode> File::inode() const { return dentry_ ? dentry_->inode_ref() : Ref<Inode>{}; }

ErrnoOr<String> File::name() const {
    if (!dentry_) return String::of("anon_inode:[file]");
    return dentry_->path(*root_directory());
}

ErrnoOr<usize> File::bytes_ready() { return fail(ENOTTY); }

ErrnoOr<usize> File::read_directory(UserAddr, usize, bool) { return fail(ENOTDIR); }

}  // namespace mayfly::guest
