// The tree of mounts: the EROFS image at /, tmpfs, /dev, /proc, /sys, and the image windows that the VMM
// adds at a resume (a function's code).
#pragma once

#include "guest/fs/dentry.h"

namespace mayfly::guest {

struct Mount {
    u32 id = 0;
    Ref<FileSystem> filesystem;
    Ref<Dentry> root;
    u32 parent_id = 0;
};

// Mounts everything; once, at boot. EINVAL when window 0 holds no usable image.
ErrnoOr<void> mount_boot_filesystems();
// Mounts the windows of the control page that are not mounted yet; after every resume.
ErrnoOr<void> mount_new_windows();

// Makes `root` appear at an absolute path, whether or not the file system below has that name.
ErrnoOr<void> mount_at(std::string_view path, Ref<FileSystem> filesystem, Ref<Inode> root);

// "/".
Ref<Dentry> root_directory();
const Vector<Mount>& mounts();
// A number for st_dev of a new file system.
u32 next_device_minor();

}  // namespace mayfly::guest
