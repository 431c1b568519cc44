// Paths as system calls give them: relative to the working directory or to a directory's descriptor.
#pragma once

#include "guest/fs/file.h"
#include "guest/fs/path.h"
#include "guest/thread/process.h"

namespace mayfly::guest {

// walk() from where `dirfd` (or AT_FDCWD) says: EBADF, ENOTDIR.
ErrnoOr<Walked> walk_at(Thread& self, int dirfd, std::string_view path, bool follow_last);
ErrnoOr<Walked> walk_to_name_at(Thread& self, int dirfd, std::string_view path);
ErrnoOr<Ref<Dentry>> resolve_at(Thread& self, int dirfd, UserString path, bool follow_last);

// The inode a path leads to. flags: AT_SYMLINK_NOFOLLOW; AT_EMPTY_PATH: an empty path means dirfd itself.
// Null for files without one (pipes, sockets): then `file` is set.
struct Target {
    Ref<Inode> inode;
    Ref<File> file;
};
ErrnoOr<Target> target_at(Thread& self, int dirfd, UserString path, int flags);
// The same where an inode is needed: EINVAL for a file without one.
ErrnoOr<Ref<Inode>> inode_at(Thread& self, int dirfd, UserString path, int flags);
ErrnoOr<Ref<Inode>> inode_of(Thread& self, int fd);

// Enters a name that the file system has just made; without memory for it, as if it had not been made.
ErrnoOr<Ref<Dentry>> enter_made(Dentry& directory, std::string_view name, Ref<Inode> inode);
// Makes a directory, device, FIFO, socket or empty file: EEXIST, ENOENT, EROFS. The umask is applied.
ErrnoOr<Ref<Dentry>> make_at(Thread& self, int dirfd, std::string_view path, u32 mode, u64 device = 0);

}  // namespace mayfly::guest
