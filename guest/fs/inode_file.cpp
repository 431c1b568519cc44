#include "guest/fs/inode_file.h"

#include <linux/fs.h>

#include <limits>

#include "guest/fs/file_size_limit.h"

namespace mayfly::guest {

ErrnoOr<i64> seek_to(u64 position, u64 size, i64 offset, int whence) {
    i64 base = 0;
    switch (whence) {
    case SEEK_SET: break;
    case SEEK_CUR: base = static_cast<i64>(position); break;
    case SEEK_END: base = static_cast<i64>(size); break;
    default: return fail(EINVAL);
    }
    i64 target = 0;
    if (__builtin_add_overflow(base, offset, &target)) return fail(EOVERFLOW);
    if (target < 0) return fail(EINVAL);
    return target;
}

ErrnoOr<usize> InodeFile::read(IoBuffer& to) {
    const usize bytes = MF_TRY(dentry()->inode().read_at(to, position_));
    position_ += bytes;
    return bytes;
}

ErrnoOr<usize> InodeFile::write(IoBuffer& from) {
    const u64 offset = (flags() & O_APPEND) != 0 ? dentry()->inode().size() : position_;
    MF_TRY(cut_to_file_size_limit(from, offset));
    const usize bytes = MF_TRY(dentry()->inode().write_at(from, offset));
    position_ = offset + bytes;
    return bytes;
}

ErrnoOr<usize> InodeFile::read_at(IoBuffer& to, u64 offset) { return dentry()->inode().read_at(to, offset); }

ErrnoOr<usize> InodeFile::write_at(IoBuffer& from, u64 offset) {
    // Linux appends also where pwrite(2) gives an offset.
    if ((flags() & O_APPEND) != 0) offset = dentry()->inode().size();
    MF_TRY(cut_to_file_size_limit(from, offset));
    return dentry()->inode().write_at(from, offset);
}

ErrnoOr<i64> InodeFile::seek(i64 offset, int whence) {
    Inode& file = dentry()->inode();
    if (whence == SEEK_DATA || whence == SEEK_HOLE) {
        if (offset < 0 || static_cast<u64>(offset) >= file.size()) return fail(ENXIO);
        const auto from = static_cast<u64>(offset);
        position_ = MF_TRY(whence == SEEK_DATA ? file.seek_data(from) : file.seek_hole(from));
        return static_cast<i64>(position_);
    }
    const i64 target = MF_TRY(seek_to(position_, file.size(), offset, whence));
    position_ = static_cast<u64>(target);
    return target;
}

ErrnoOr<Ref<MemoryObject>> InodeFile::memory_object() {
    if (!dentry()->inode().mappable()) return fail(ENODEV);
    return Ref<MemoryObject>(dentry()->inode_ref());
}

ErrnoOr<usize> InodeFile::bytes_ready() {
    const u64 size = dentry()->inode().size();
    return size > position_ ? size - position_ : 0;
}

ErrnoOr<usize> TextFile::read(IoBuffer& to) {
    const usize bytes = MF_TRY(read_at(to, position_));
    position_ += bytes;
    return bytes;
}

ErrnoOr<usize> TextFile::read_at(IoBuffer& to, u64 offset) {
    if (offset >= text_.size()) return usize{0};
    return to.give(text_.data() + offset, text_.size() - offset);
}

ErrnoOr<i64> TextFile::seek(i64 offset, int whence) {
    const i64 target = MF_TRY(seek_to(position_, text_.size(), offset, whence));
    position_ = static_cast<u64>(target);
    return target;
}

}  // namespace mayfly::guest
