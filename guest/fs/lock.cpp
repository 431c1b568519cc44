#include "guest/fs/lock.h"

#include <linux/fcntl.h>

#include "guest/fs/descriptors.h"
#include "guest/lib/global.h"

namespace mayfly::guest {

namespace {

struct Lock {
    File* file;
    const Inode* inode;
    bool exclusive;
};

constinit Global<Vector<Lock>> locks;
constinit Global<WaitQueue> released;

bool conflicts(const File& file, const Inode& inode, bool exclusive) {
    for (const Lock& lock : *locks)
        if (lock.inode == &inode && lock.file != &file && (exclusive || lock.exclusive)) return true;
    return false;
}

Lock* held_by(const File& file) {
    for (Lock& lock : *locks)
        if (lock.file == &file) return &lock;
    return nullptr;
}

// A lock of the other kind is given up first, as flock(2) says: two that wait for each other's shared lock
// would wait for ever.
ErrnoOr<void> acquire(File& file, const Inode& inode, bool exclusive, bool waits) {
    if (const Lock* held = held_by(file); held != nullptr && held->exclusive == exclusive) return {};
    release_locks(file);
    while (conflicts(file, inode, exclusive)) {
        if (!waits) return fail(EAGAIN);
        MF_TRY(released->wait());
    }
    // Another thread may have locked this same file meanwhile.
    if (Lock* held = held_by(file)) {
        held->exclusive = exclusive;
        return {};
    }
    return locks->push_back({&file, &inode, exclusive});
}

}  // namespace

void release_locks(File& file) {
    for (usize i = 0; i < locks->size(); ++i) {
        if ((*locks)[i].file != &file) continue;
        locks->erase(i);
        released->wake_all();
        return;
    }
}

SysResult sys_flock(Thread& self, int fd, unsigned operation) {
    const auto file = MF_TRY(self.fds().get(fd));
    if (file->is_path()) return fail(EBADF);
    const auto inode = file->inode();
    const bool waits = (operation & LOCK_NB) == 0;
    switch (operation & ~static_cast<unsigned>(LOCK_NB)) {
    case LOCK_UN: release_locks(*file); return 0;
    case LOCK_SH:
    case LOCK_EX: break;
    default: return fail(EINVAL);
    }
    if (!inode) return 0;  // nobody else can open a pipe or a socket by name
    MF_TRY(acquire(*file, *inode, (operation & LOCK_EX) != 0, waits));
    return 0;
}

}  // namespace mayfly::guest
