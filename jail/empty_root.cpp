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

}  // namespace

Result<void> move_to_empty_root() {
    // Mounts made outside must not come in, nor ours go out.
    MF_TRY(require(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "making mounts private"));
    // Any directory will do to mount it on; every root has this one, for it was opened a moment ago.
    MF_TRY(require(::mount("none", "/proc", "tmpfs", kSafe, "size=4k,nr_inodes=1,mode=555"), "mounting an empty root"));
    MF_TRY(require(::chdir("/proc"), "chdir to the empty root"));
    // The old root ends up over the new one, and is taken off again: pivot_root(2), "pivot_root(".", ".")".
    MF_TRY(require(::syscall(SYS_pivot_root, ".", "."), "pivot_root"));
    MF_TRY(require(::umount2(".", MNT_DETACH), "unmounting the host's root"));
    MF_TRY(require(::chdir("/"), "chdir to /"));
    return require(::mount(nullptr, "/", nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY | kSafe, nullptr),
                   "making the empty root read-only");
}

}  // namespace mayfly::jail
