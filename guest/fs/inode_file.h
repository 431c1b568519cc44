// Open files of inodes: contents with a position, directories, and names only (O_PATH).
#pragma once

#include "guest/fs/file.h"

namespace mayfly::guest {

// A regular file.
class InodeFile final : public File {
public:
    InodeFile(int flags, Ref<Dentry> dentry) : File(flags) { set_dentry(std::move(dentry)); }

    ErrnoOr<usize> read(IoBuffer& to) override;
    ErrnoOr<usize> write(IoBuffer& from) override;
    ErrnoOr<usize> read_at(IoBuffer& to, u64 offset) override;
    ErrnoOr<usize> write_at(IoBuffer& from, u64 offset) override;
    ErrnoOr<i64> seek(i64 offset, int whence) override;
    ErrnoOr<Ref<MemoryObject>> memory_object() override;
    ErrnoOr<usize> bytes_ready() override;

private:
    u64 position_ = 0;
};

class DirectoryFile final : public File {
public:
    DirectoryFile(int flags, Ref<Dentry> dentry) : File(flags) { set_dentry(std::move(dentry)); }

    ErrnoOr<usize> read(IoBuffer& to) override;
    ErrnoOr<usize> read_at(IoBuffer& to, u64 offset) override;
    ErrnoOr<i64> seek(i64 offset, int whence) override;
    ErrnoOr<usize> read_directory(UserAddr to, usize bytes, bool old_layout) override;

private:
    u64 position_ = 0;
};

// O_PATH: every use but naming is EBADF.
class PathFile final : public File {
public:
    PathFile(int flags, Ref<Dentry> dentry) : File(flags) { set_dentry(std::move(dentry)); }

    ErrnoOr<usize> read(IoBuffer&) override { return fail(EBADF); }
    ErrnoOr<usize> write(IoBuffer&) override { return fail(EBADF); }
    ErrnoOr<usize> read_at(IoBuffer&, u64) override { return fail(EBADF); }
    ErrnoOr<usize> write_at(IoBuffer&, u64) override { return fail(EBADF); }
    ErrnoOr<i64> seek(i64, int) override { return fail(EBADF); }
    SysResult ioctl(u32, UserAddr) override { return fail(EBADF); }
    ErrnoOr<Ref<MemoryObject>> memory_object() override { return fail(EBADF); }
    u32 poll() override { return POLLNVAL; }
};

// A text that was made when the file was opened (/proc).
class TextFile : public File {
public:
    TextFile(int flags, Vector<char> text) : File(flags), text_(std::move(text)) {}

    ErrnoOr<usize> read(IoBuffer& to) override;
    ErrnoOr<usize> read_at(IoBuffer& to, u64 offset) override;
    ErrnoOr<i64> seek(i64 offset, int whence) override;

private:
    Vector<char> text_;
    u64 position_ = 0;
};

// The new position of a file of `size` bytes, as lseek(2) computes it; EINVAL, EOVERFLOW.
ErrnoOr<i64> seek_to(u64 position, u64 size, i64 offset, int whence);

}  // namespace mayfly::guest
