// Files of a tmpfs that lead elsewhere, and those that have no name: devices, FIFOs, memfd_create(2).
#include "guest/fs/devfs.h"
#include "guest/fs/inode_file.h"
#include "guest/fs/mount.h"
#include "guest/fs/tmpfs.h"
#include "guest/fs/tmpfs_space.h"
#include "guest/ipc/pipe.h"

namespace mayfly::guest {

ErrnoOr<Ref<File>> TmpfsSpecial::open(int flags) {
    if (S_ISCHR(mode())) return open_device(attributes().device, flags);
    if (S_ISFIFO(mode())) return Pipe::open_fifo(Ref<Inode>(this), flags);
    return fail(ENXIO);  // sockets are reached by connect(2), and there are no disks
}

namespace {
constinit TmpfsFileSystem* memory_files = nullptr;

ErrnoOr<TmpfsFileSystem*> memory_file_system() {
    if (memory_files == nullptr) memory_files = MF_TRY(make_ref<TmpfsFileSystem>("tmpfs", next_device_minor())).leak();
    return memory_files;
}
}  // namespace

ErrnoOr<Ref<File>> open_memory_file(std::string_view name, bool sealing, int flags) {
    TmpfsFileSystem* filesystem = MF_TRY(memory_file_system());
    MF_TRY(TmpfsSpace::take_inode());
    Attributes attributes;
    attributes.mode = S_IFREG | 0777;
    attributes.links = 0;
    attributes.accessed = attributes.modified = attributes.changed = Timestamp::now();
    auto made = make_ref<TmpfsFile>(*filesystem, attributes);
    if (!made) {
        TmpfsSpace::give_inode();
        return Unexpected(made.error());
    }
    if (sealing) (*made)->set_seals(0);
    auto text = MF_TRY(String::of("memfd:"));
    MF_TRY(text.append(name));
    auto dentry = MF_TRY(make_ref<Dentry>(nullptr, std::move(text), Ref<Inode>(*made)));
    dentry->mark_deleted();
    return Ref<File>(MF_TRY(make_ref<InodeFile>(flags, std::move(dentry))));
}

}  // namespace mayfly::guest
