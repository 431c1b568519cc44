#include "guest/fs/procfs.h"

#include <linux/magic.h>

#include "guest/fs/mount.h"
#include "guest/fs/proc_node.h"

namespace mayfly::guest {

namespace {

ErrnoOr<void> mount_table(std::string_view path, std::string_view type, i64 magic, const ProcEntry& root) {
    auto filesystem = MF_TRY(make_ref<ProcFileSystem>(type, next_device_minor(), magic));
    auto inode = MF_TRY(make_proc_inode(*filesystem, root, {}));
    return mount_at(path, std::move(filesystem), std::move(inode));
}

}  // namespace

ErrnoOr<void> mount_procfs() { return mount_table("/proc", "proc", PROC_SUPER_MAGIC, kMachineDirectory); }
ErrnoOr<void> mount_sysfs() { return mount_table("/sys", "sysfs", SYSFS_MAGIC, kSysDirectory); }

}  // namespace mayfly::guest
