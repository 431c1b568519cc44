#include <linux/fcntl.h>
#include <linux/fs.h>

#include "guest/fs/descriptors.h"
#include "guest/ipc/pipe.h"
#include "guest/thread/process.h"

namespace mayfly::guest {

namespace {

constexpr int kSettable = O_APPEND | O_NONBLOCK | O_DIRECT | O_NOATIME | FASYNC;
constexpr u32 kAllSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_FUTURE_WRITE;

// What works on a descriptor that only names something (O_PATH).
bool works_on_path(unsigned command) {
    return command == F_DUPFD || command == F_DUPFD_CLOEXEC || command == F_GETFD || command == F_SETFD ||
           command == F_GETFL;
}

SysResult duplicate(Thread& self, Ref<File> file, u64 from, bool close_on_exec) {
    if (from >= FdTable::kLimit) return fail(EINVAL);
    return MF_TRY(self.fds().install(std::move(file), close_on_exec, static_cast<int>(from)));
}

// Record locks belong to the process, and there is one: it never stands in its own way. Locks of open
// file descriptions (F_OFD_*) of one process could; there are none.
SysResult record_lock(const File& file, unsigned command, UserAddr argument) {
    const UserPtr<struct flock> address(argument);
    struct flock lock = MF_TRY(address.get());
    if (lock.l_type != F_RDLCK && lock.l_type != F_WRLCK && lock.l_type != F_UNLCK) return fail(EINVAL);
    if (lock.l_whence < SEEK_SET || lock.l_whence > SEEK_END) return fail(EINVAL);
    if (command == F_GETLK) {
        if (lock.l_type == F_UNLCK) return fail(EINVAL);
        lock.l_type = F_UNLCK;
        MF_TRY(address.put(lock));
        return 0;
    }
    if (lock.l_type == F_RDLCK && !file.readable()) return fail(EBADF);
    if (lock.l_type == F_WRLCK && !file.writable()) return fail(EBADF);
    return 0;
}

bool has_writable_mapping(AddressSpace& space, const Inode& inode) {
    for (const Region& region : space.regions())
        if (region.shared && region.protection.write && region.object.get() == &inode) return true;
    return false;
}

// Changes of a directory are not signalled: only taking a notification back works.
SysResult notify(const File& file, u64 events) {
    const auto inode = file.inode();
    if (!inode || !inode->is_directory()) return fail(ENOTDIR);
    if ((events & ~u64{DN_MULTISHOT}) != 0) return fail(EINVAL);
    return 0;
}

SysResult add_seals(Thread& self, File& file, u64 seals) {
    const auto inode = file.inode();
    if (!file.writable()) return fail(EPERM);
    if (!inode || !inode->is_regular() || (seals & ~u64{kAllSeals}) != 0) return fail(EINVAL);
    if ((inode->seals() & F_SEAL_SEAL) != 0) return fail(EPERM);
    // A writable mapping that exists could still change what F_SEAL_WRITE says is final.
    if ((seals & F_SEAL_WRITE) != 0 && has_writable_mapping(self.space(), *inode)) return fail(EBUSY);
    inode->set_seals(inode->seals() | static_cast<u32>(seals));
    return 0;
}

SysResult get_seals(const File& file) {
    const auto inode = file.inode();
    if (!inode || !inode->is_regular() || inode->filesystem().read_only()) return fail(EINVAL);
    return inode->seals();
}

}  // namespace

SysResult sys_dup(Thread& self, int fd) {
    auto file = MF_TRY(self.fds().get(fd));
    return MF_TRY(self.fds().install(std::move(file), false));
}

SysResult sys_dup3(Thread& self, int fd, int new_fd, int flags) {
    if ((flags & ~O_CLOEXEC) != 0 || fd == new_fd) return fail(EINVAL);
    auto file = MF_TRY(self.fds().get(fd));
    MF_TRY(self.fds().replace(new_fd, std::move(file), (flags & O_CLOEXEC) != 0));
    return new_fd;
}

SysResult sys_dup2(Thread& self, int fd, int new_fd) {
    if (fd != new_fd) return sys_dup3(self, fd, new_fd, 0);
    MF_TRY(self.fds().get(fd));
    return new_fd;
}

SysResult sys_fcntl(Thread& self, int fd, unsigned command, u64 argument) {
    auto file = MF_TRY(self.fds().get(fd));
    if (file->is_path() && !works_on_path(command)) return fail(EBADF);
    switch (command) {
    case F_DUPFD: return duplicate(self, std::move(file), argument, false);
    case F_DUPFD_CLOEXEC: return duplicate(self, std::move(file), argument, true);
    case F_GETFD: return MF_TRY(self.fds().close_on_exec(fd)) ? FD_CLOEXEC : 0;
    case F_SETFD: MF_TRY(self.fds().set_close_on_exec(fd, (argument & FD_CLOEXEC) != 0)); return 0;
    case F_GETFL: return file->flags();
    case F_SETFL: file->set_flags((file->flags() & ~kSettable) | (static_cast<int>(argument) & kSettable)); return 0;
    case F_GETLK:
    case F_SETLK:
    case F_SETLKW: return record_lock(*file, command, UserAddr{argument});
    case F_GETPIPE_SZ: return pipe_capacity(*file);
    case F_SETPIPE_SZ: return set_pipe_capacity(*file, argument);
    case F_ADD_SEALS: return add_seals(self, *file, argument);
    case F_GET_SEALS: return get_seals(*file);
    case F_GETOWN:
    case F_GETSIG: return 0;
    case F_SETOWN:  // no signals are sent for descriptors
    case F_SETSIG: return argument == 0 ? SysResult(0) : SysResult(fail(EINVAL));
    case F_NOTIFY: return notify(*file, argument);
    case F_GETLEASE: return F_UNLCK;
    default: return fail(EINVAL);
    }
}

}  // namespace mayfly::guest
