// The system calls of files and names.
#pragma once

#include <asm/unistd.h>

#include "guest/fs/attributes.h"
#include "guest/fs/descriptors.h"
#include "guest/fs/directory.h"
#include "guest/fs/names.h"
#include "guest/fs/open.h"
#include "guest/fs/read_write.h"
#include "guest/fs/size.h"
#include "guest/fs/stat.h"
#include "guest/fs/transfer.h"
#include "guest/syscall/table.h"

namespace mayfly::guest {

namespace detail {

consteval void add_contents_syscalls(SyscallTable& table) {
    table.add<sys_read>(__NR_read, "read");
    table.add<sys_write>(__NR_write, "write");
    table.add<sys_readv>(__NR_readv, "readv");
    table.add<sys_writev>(__NR_writev, "writev");
    table.add<sys_pread64>(__NR_pread64, "pread64");
    table.add<sys_pwrite64>(__NR_pwrite64, "pwrite64");
    table.add<sys_preadv>(__NR_preadv, "preadv");
    table.add<sys_pwritev>(__NR_pwritev, "pwritev");
    table.add<sys_preadv2>(__NR_preadv2, "preadv2", Support::partial, "RWF_NOWAIT not for streams");
    table.add<sys_pwritev2>(__NR_pwritev2, "pwritev2", Support::partial, "RWF_NOWAIT is refused");
    table.add<sys_lseek>(__NR_lseek, "lseek");
    table.add<sys_sendfile>(__NR_sendfile, "sendfile");
    table.add<sys_copy_file_range>(__NR_copy_file_range, "copy_file_range");
    table.add<sys_splice>(__NR_splice, "splice", Support::partial, "copies; not to non-blocking streams");
    table.refuse(__NR_tee, "tee", "programs fall back to read and write");
    table.refuse(__NR_vmsplice, "vmsplice", "programs fall back to write");
    table.add<sys_truncate>(__NR_truncate, "truncate");
    table.add<sys_ftruncate>(__NR_ftruncate, "ftruncate");
    table.add<sys_fallocate>(__NR_fallocate, "fallocate", Support::partial,
                             "no FALLOC_FL_COLLAPSE_RANGE and _INSERT_RANGE");
    table.add<sys_fadvise64>(__NR_fadvise64, "fadvise64", Support::ignored, "nothing is read from a disk");
    table.add<sys_readahead>(__NR_readahead, "readahead", Support::ignored, "nothing is read from a disk");
    table.add<sys_fsync>(__NR_fsync, "fsync", Support::ignored, "nothing is written to a disk");
    table.add<sys_fsync>(__NR_fdatasync, "fdatasync", Support::ignored, "nothing is written to a disk");
    table.add<sys_fsync>(__NR_syncfs, "syncfs", Support::ignored, "nothing is written to a disk");
    table.add<sys_sync_file_range>(__NR_sync_file_range, "sync_file_range", Support::ignored,
                                   "nothing is written to a disk");
    table.add<sys_sync>(__NR_sync, "sync", Support::ignored, "nothing is written to a disk");
}

consteval void add_descriptor_syscalls(SyscallTable& table) {
    table.add<sys_open>(__NR_open, "open");
    table.add<sys_openat>(__NR_openat, "openat");
    table.add<sys_openat2>(__NR_openat2, "openat2", Support::partial, "no RESOLVE_ flags");
    table.add<sys_creat>(__NR_creat, "creat");
    table.add<sys_close>(__NR_close, "close");
    table.add<sys_close_range>(__NR_close_range, "close_range");
    table.add<sys_dup>(__NR_dup, "dup");
    table.add<sys_dup2>(__NR_dup2, "dup2");
    table.add<sys_dup3>(__NR_dup3, "dup3");
    table.add<sys_fcntl>(
        __NR_fcntl, "fcntl", Support::partial,
        "record locks always succeed; no locks of open file descriptions, signals, leases and notifications");
    table.add<sys_ioctl>(__NR_ioctl, "ioctl", Support::partial,
                         "requests of files, descriptors and pseudo-terminals only");
    table.add<sys_flock>(__NR_flock, "flock");
    table.refuse(__NR_name_to_handle_at, "name_to_handle_at", "file handles");
    table.refuse(__NR_open_by_handle_at, "open_by_handle_at", "file handles");
    table.refuse(__NR_inotify_init, "inotify_init", "notification of changes");
    table.refuse(__NR_inotify_init1, "inotify_init1", "notification of changes");
    table.refuse(__NR_inotify_add_watch, "inotify_add_watch", "notification of changes");
    table.refuse(__NR_inotify_rm_watch, "inotify_rm_watch", "notification of changes");
    table.refuse(__NR_fanotify_init, "fanotify_init", "notification of changes");
    table.refuse(__NR_fanotify_mark, "fanotify_mark", "notification of changes");
}

consteval void add_name_syscalls(SyscallTable& table) {
    table.add<sys_mkdir>(__NR_mkdir, "mkdir");
    table.add<sys_mkdirat>(__NR_mkdirat, "mkdirat");
    table.add<sys_mknod>(__NR_mknod, "mknod");
    table.add<sys_mknodat>(__NR_mknodat, "mknodat");
    table.add<sys_rmdir>(__NR_rmdir, "rmdir");
    table.add<sys_unlink>(__NR_unlink, "unlink");
    table.add<sys_unlinkat>(__NR_unlinkat, "unlinkat");
    table.add<sys_link>(__NR_link, "link");
    table.add<sys_linkat>(__NR_linkat, "linkat");
    table.add<sys_symlink>(__NR_symlink, "symlink");
    table.add<sys_symlinkat>(__NR_symlinkat, "symlinkat");
    table.add<sys_readlink>(__NR_readlink, "readlink");
    table.add<sys_readlinkat>(__NR_readlinkat, "readlinkat");
    table.add<sys_rename>(__NR_rename, "rename");
    table.add<sys_renameat>(__NR_renameat, "renameat");
    table.add<sys_renameat2>(__NR_renameat2, "renameat2", Support::partial, "no RENAME_WHITEOUT");
    table.add<sys_getdents>(__NR_getdents, "getdents");
    table.add<sys_getdents64>(__NR_getdents64, "getdents64");
    table.add<sys_getcwd>(__NR_getcwd, "getcwd");
    table.add<sys_chdir>(__NR_chdir, "chdir");
    table.add<sys_fchdir>(__NR_fchdir, "fchdir");
    table.add<sys_chroot>(__NR_chroot, "chroot");
    table.refuse(__NR_mount, "mount", "mounts are fixed by the VMM");
    table.refuse(__NR_umount2, "umount2", "mounts are fixed by the VMM");
    table.refuse(__NR_pivot_root, "pivot_root", "mounts are fixed by the VMM");
}

consteval void add_attribute_syscalls(SyscallTable& table) {
    table.add<sys_stat>(__NR_stat, "stat");
    table.add<sys_lstat>(__NR_lstat, "lstat");
    table.add<sys_fstat>(__NR_fstat, "fstat");
    table.add<sys_newfstatat>(__NR_newfstatat, "newfstatat");
    table.add<sys_statx>(__NR_statx, "statx", Support::full, "no birth time, no attributes");
    table.add<sys_access>(__NR_access, "access", Support::partial, "as root, whatever the user id");
    table.add<sys_faccessat>(__NR_faccessat, "faccessat", Support::partial, "as root, whatever the user id");
    table.add<sys_faccessat2>(__NR_faccessat2, "faccessat2", Support::partial, "as root, whatever the user id");
    table.add<sys_statfs>(__NR_statfs, "statfs");
    table.add<sys_fstatfs>(__NR_fstatfs, "fstatfs", Support::partial, "not of pipes and sockets");
    table.add<sys_chmod>(__NR_chmod, "chmod");
    table.add<sys_fchmod>(__NR_fchmod, "fchmod");
    table.add<sys_fchmodat>(__NR_fchmodat, "fchmodat");
    constexpr usize kFchmodat2 = 452;  // newer than Debian 12's headers
    table.add<sys_fchmodat2>(kFchmodat2, "fchmodat2");
    table.add<sys_chown>(__NR_chown, "chown");
    table.add<sys_lchown>(__NR_lchown, "lchown");
    table.add<sys_fchown>(__NR_fchown, "fchown");
    table.add<sys_fchownat>(__NR_fchownat, "fchownat");
    table.add<sys_umask>(__NR_umask, "umask");
    table.add<sys_utimensat>(__NR_utimensat, "utimensat");
    table.add<sys_utime>(__NR_utime, "utime");
    table.add<sys_utimes>(__NR_utimes, "utimes");
    table.add<sys_futimesat>(__NR_futimesat, "futimesat");
    table.add<sys_setxattr>(__NR_setxattr, "setxattr");
    table.add<sys_lsetxattr>(__NR_lsetxattr, "lsetxattr");
    table.add<sys_fsetxattr>(__NR_fsetxattr, "fsetxattr");
    table.add<sys_getxattr>(__NR_getxattr, "getxattr");
    table.add<sys_lgetxattr>(__NR_lgetxattr, "lgetxattr");
    table.add<sys_fgetxattr>(__NR_fgetxattr, "fgetxattr");
    table.add<sys_listxattr>(__NR_listxattr, "listxattr");
    table.add<sys_llistxattr>(__NR_llistxattr, "llistxattr");
    table.add<sys_flistxattr>(__NR_flistxattr, "flistxattr");
    table.add<sys_removexattr>(__NR_removexattr, "removexattr");
    table.add<sys_lremovexattr>(__NR_lremovexattr, "lremovexattr");
    table.add<sys_fremovexattr>(__NR_fremovexattr, "fremovexattr");
}

}  // namespace detail

consteval void add_fs_syscalls(SyscallTable& table) {
    detail::add_contents_syscalls(table);
    detail::add_descriptor_syscalls(table);
    detail::add_name_syscalls(table);
    detail::add_attribute_syscalls(table);
}

}  // namespace mayfly::guest
