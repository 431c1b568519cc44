// Device nodes: what opening one gives. A driver registers a name in /dev and a function that opens it.
#pragma once

#include <string_view>

#include "guest/fs/file.h"

namespace mayfly::guest {

using OpenDevice = ErrnoOr<Ref<File>> (*)(int flags);

// Adds a device with a number of its own as /dev/<name>, once /dev is mounted.
ErrnoOr<void> devfs_register(std::string_view name, OpenDevice open);
// What open(2) of a character device node of that number gives; ENXIO for unknown ones.
ErrnoOr<Ref<File>> open_device(u64 number, int flags);

// Fills a new /dev.
ErrnoOr<void> make_devices(Dentry& directory);

}  // namespace mayfly::guest
