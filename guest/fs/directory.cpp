#include "guest/fs/directory.h"

#include <linux/fcntl.h>

namespace mayfly::guest {

namespace {

SysResult read_entries(Thread& self, int fd, UserAddr to, unsigned bytes, bool old_layout) {
    const auto file = MF_TRY(self.fds().get(fd));
    if (file->is_path()) return fail(EBADF);
    return static_cast<long>(MF_TRY(file->read_directory(to, bytes, old_layout)));
}

}  // namespace

SysResult sys_getdents64(Thread& self, int fd, UserAddr to, unsigned bytes) {
    return read_entries(self, fd, to, bytes, false);
}

SysResult sys_getdents(Thread& self, int fd, UserAddr to, unsigned bytes) {
    return read_entries(self, fd, to, bytes, true);
}

SysResult sys_getcwd(Thread& self, UserAddr to, u64 bytes) {
    const auto root = self.process().fs().root();
    const auto directory = self.process().fs().working_directory();
    auto path = String{};
    if (directory->reachable_from(*root)) {
        path = MF_TRY(directory->path(*root));
    } else {
        // Removed, or outside of a root that was changed later; the second kind is named all the same.
        for (const Dentry* one = directory.get(); one != nullptr; one = one->parent().get())
            if (one->deleted()) return fail(ENOENT);
        path = MF_TRY(String::of("(unreachable)/"));
    }
    MF_TRY(path.append(std::string_view("\0", 1)));
    if (path.size() > bytes) return fail(ERANGE);
    MF_TRY(copy_to_user(to, path.view().data(), path.size()));
    return static_cast<long>(path.size());
}

SysResult sys_chdir(Thread& self, UserString path) {
    const auto text = MF_TRY(path.copy());
    MF_TRY(self.process().fs().change_directory(text.view()));
    return 0;
}

SysResult sys_fchdir(Thread& self, int fd) {
    const auto file = MF_TRY(self.fds().get(fd));
    if (!file->dentry() || !file->dentry()->inode().is_directory()) return fail(ENOTDIR);
    self.process().fs().set_working_directory(file->dentry());
    return 0;
}

SysResult sys_chroot(Thread& self, UserString path) {
    auto directory = MF_TRY(resolve_at(self, AT_FDCWD, path, true));
    if (!directory->inode().is_directory()) return fail(ENOTDIR);
    FsContext& context = self.process().fs();
    // The working directory stays where it is, also when that is outside.
    context.set_working_directory(context.working_directory());
    context.set_root(std::move(directory));
    return 0;
}

}  // namespace mayfly::guest
