#include "guest/fs/mount.h"

#include "guest/arch/control.h"
#include "guest/fs/devfs.h"
#include "guest/fs/erofs_inode.h"
#include "guest/fs/file.h"
#include "guest/fs/path.h"
#include "guest/fs/procfs.h"
#include "guest/fs/tmpfs.h"
#include "guest/lib/global.h"
#include "guest/lib/log.h"
#include "guest/mm/page_table.h"

namespace mayfly::guest {

namespace {

constexpr u32 kFirstMountId = 20;

constinit Global<Vector<Mount>> all_mounts;
constinit u32 last_minor = 20;
constinit bool window_seen[abi::kMaxWindows] = {};

ErrnoOr<void> record(Ref<FileSystem> filesystem, Ref<Dentry> root, u32 parent_id) {
    Mount mount;
    mount.id = kFirstMountId + static_cast<u32>(all_mounts->size());
    mount.filesystem = std::move(filesystem);
    mount.root = std::move(root);
    mount.parent_id = parent_id;
    mount.root->mark_mount_root();
    return all_mounts->push_back(std::move(mount));
}

// The mount a name lies in: the nearest mount root above it.
u32 mount_id_above(const Dentry& directory) {
    for (const Dentry* one = &directory; one != nullptr; one = one->parent().get()) {
        if (!one->is_mount_root()) continue;
        for (const Mount& mount : *all_mounts)
            if (mount.root.get() == one) return mount.id;
    }
    return kFirstMountId;
}

// A directory on the way to a mount point that the image does not have: an empty tmpfs that is mounted
// in its place.
ErrnoOr<Ref<Dentry>> directory_for_mount(Ref<Dentry> parent, std::string_view name) {
    auto there = resolve(FsContext{}, parent, name, true);
    if (there || there.error().value != ENOENT) return there;
    auto filesystem = MF_TRY(make_ref<TmpfsFileSystem>("tmpfs", next_device_minor()));
    auto root = MF_TRY(TmpfsFileSystem::make_root(filesystem, 0755));
    auto dentry = MF_TRY(parent->add_child(name, std::move(root)));
    MF_TRY(record(std::move(filesystem), dentry, mount_id_above(*parent)));
    return dentry;
}

ErrnoOr<void> mount_tmpfs(std::string_view path, u32 permissions) {
    auto filesystem = MF_TRY(make_ref<TmpfsFileSystem>("tmpfs", next_device_minor()));
    auto root = MF_TRY(TmpfsFileSystem::make_root(filesystem, permissions));
    return mount_at(path, std::move(filesystem), std::move(root));
}

ErrnoOr<void> mount_devices() {
    auto filesystem = MF_TRY(make_ref<TmpfsFileSystem>("devtmpfs", next_device_minor()));
    auto root = MF_TRY(TmpfsFileSystem::make_root(filesystem, 0755));
    MF_TRY(mount_at("/dev", std::move(filesystem), std::move(root)));
    auto directory = MF_TRY(root_directory()->child("dev"));
    MF_TRY(make_devices(*directory));
    auto shared = directory->inode().make("shm", S_IFDIR | 01777, 0);
    if (!shared) return Unexpected(shared.error());
    return mount_tmpfs("/dev/shm", 01777);
}

std::span<const std::byte> bytes_of(const abi::WindowInfo& window) {
    // The direct map shows image windows, read-only.
    return {reinterpret_cast<const std::byte*>(abi::kDirectMapBase + window.base), window.bytes};
}

ErrnoOr<Ref<ErofsFileSystem>> open_window(u32 index) {
    const abi::WindowInfo& window = control().windows[index];
    if (window.bytes > abi::kMaxWindowBytes) return fail(EINVAL);
    if (!map_direct(window.base, window.base + window.bytes)) return fail(ENOMEM);
    const auto image = MF_TRY(ErofsImage::open(bytes_of(window)));
    return make_ref<ErofsFileSystem>(image, PhysAddr{window.base}, next_device_minor());
}

ErrnoOr<void> mount_window(u32 index) {
    auto filesystem = MF_TRY(open_window(index));
    auto inode = MF_TRY(filesystem->inode(filesystem->image().root_nid()));
    const std::string_view field(control().windows[index].mount_path, sizeof(abi::WindowInfo::mount_path));
    return mount_at(field.substr(0, field.find('\0')), std::move(filesystem), std::move(inode));
}

}  // namespace

u32 next_device_minor() { return ++last_minor; }

const Vector<Mount>& mounts() { return *all_mounts; }

Ref<Dentry> root_directory() { return all_mounts->empty() ? Ref<Dentry>{} : (*all_mounts)[0].root; }

ErrnoOr<void> mount_at(std::string_view path, Ref<FileSystem> filesystem, Ref<Inode> root) {
    PathComponents components(path);
    Ref<Dentry> directory = root_directory();
    std::string_view name = components.next();
    while (!components.at_end()) {
        directory = MF_TRY(directory_for_mount(directory, name));
        name = components.next();
    }
    if (name.empty() || name == "." || name == "..") return fail(EINVAL);
    // A name that was walked before leads to what lies below the mount.
    if (auto below = directory->cached_child(name)) below->mark_deleted();
    auto dentry = MF_TRY(directory->add_child(name, std::move(root)));
    return record(std::move(filesystem), std::move(dentry), mount_id_above(*directory));
}

ErrnoOr<void> mount_new_windows() {
    const u32 count = control().window_count < abi::kMaxWindows ? control().window_count : abi::kMaxWindows;
    for (u32 index = 1; index < count; ++index) {
        if (window_seen[index]) continue;
        window_seen[index] = true;
        auto mounted = mount_window(index);
        if (mounted) continue;
        log_text(abi::LogStream::kernel, "an image window holds no file system that can be mounted\n");
        return mounted;
    }
    return {};
}

ErrnoOr<void> mount_boot_filesystems() {
    auto filesystem = MF_TRY(open_window(0));
    auto inode = MF_TRY(filesystem->inode(filesystem->image().root_nid()));
    auto root = MF_TRY(make_ref<Dentry>(nullptr, String{}, std::move(inode)));
    MF_TRY(record(std::move(filesystem), std::move(root), kFirstMountId - 1));
    MF_TRY(mount_tmpfs("/tmp", 01777));
    MF_TRY(mount_tmpfs("/run", 0755));
    MF_TRY(mount_tmpfs("/var/tmp", 01777));
    MF_TRY(mount_devices());
    MF_TRY(mount_procfs());
    MF_TRY(mount_sysfs());
    return mount_new_windows();
}

}  // namespace mayfly::guest
