#include "jail/empty_root.h"

#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace mayfly::jail {
namespace {

constexpr unsigned long kSafe = MS_NOSUID | MS_NODEV | MS_NOEXEC;

Result<void> require(long result, const char* what) {
    if (result != 0) return fail_errno(ErrorCode::unavailable, what);
    return {};
}

// Any directory will do to mount it on; every root has this one, for it was opened a moment ago.
Result<void> mount_empty_root() {
    MF_TRY(require(::mount("none", "/proc", "tmpfs", kSafe, "size=4k,nr_inodes=1,mode=555"), "mounting an empty root"));
    return require(::chdir("/proc"), "chdir to the empty root");
}

// The old root ends up over the new one, and is taken off again: pivot_root(2), "pivot_root(".", ".")".
Result<void> pivot() {
    MF_TRY(require(::syscall(SYS_pivot_root, ".", "."), "pivot_root"));
    return require(::umount2(".", MNT_DETACH), "unmounting the host's root");
}

Result<void> cover() {
    MF_TRY(require(::mount(".", "/", nullptr, MS_MOVE, nullptr), "moving the empty root over the host's"));
    return require(::chroot("."), "chroot to the empty root");
}

Result<void> make_read_only() {
    MF_TRY(require(::chdir("/"), "chdir to /"));
    return require(::mount(nullptr, "/", nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY | kSafe, nullptr),
                   "making the empty root read-only");
}

// Mounts made outside must not come in, nor ours go out.
Result<void> keep_mounts_private() {
    return require(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "making mounts private");
}

}  // namespace

Result<void> move_to_empty_root(RootChange change) {
    MF_TRY(keep_mounts_private());
    MF_TRY(mount_empty_root());
    MF_TRY(change == RootChange::pivot ? pivot() : cover());
    return make_read_only();
}

Result<RootChange> move_to_empty_root() {
    const auto pivoted = move_to_empty_root(RootChange::pivot);
    if (pivoted) return RootChange::pivot;
    if (pivoted.error().sys_errno != EINVAL) return Unexpected(pivoted.error());
    // Its mount is where it was made already; another over it does no harm.
    MF_TRY(move_to_empty_root(RootChange::cover));
    return RootChange::cover;
}

}  // namespace mayfly::jail
