#include "jail/privileges.h"

#include <cap-ng.h>
#include <sys/prctl.h>

#include <cerrno>

namespace mayfly::jail {

bool may_empty_bounding_set() { return ::capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP) != 0; }

Result<void> forbid_new_privileges() {
    if (may_empty_bounding_set()) {
        ::capng_clear(CAPNG_SELECT_BOUNDS);
        if (::capng_apply(CAPNG_SELECT_BOUNDS) != 0)
            return fail_errno(ErrorCode::unavailable, "dropping the bounding set");
        if (::capng_lock() != 0) return fail_errno(ErrorCode::unavailable, "locking the securebits");
    }
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fail_errno(ErrorCode::unavailable, "PR_SET_NO_NEW_PRIVS");
    return {};
}

Result<void> forbid_page_merging() {
    // Absent (EINVAL) from kernels and headers before 6.4, where a page is merged only if its process asks for that.
    constexpr int kSetMemoryMerge = 67;
    if (::prctl(kSetMemoryMerge, 0, 0, 0, 0) != 0 && errno != EINVAL)
        return fail_errno(ErrorCode::unavailable, "PR_SET_MEMORY_MERGE");
    return {};
}

Result<void> drop_capabilities() {
    ::capng_setpid(0);  // it remembers the zygote's
    ::capng_clear(CAPNG_SELECT_ALL);
    if (::capng_apply(CAPNG_SELECT_CAPS) != 0) return fail_errno(ErrorCode::unavailable, "dropping capabilities");
    if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0)
        return fail_errno(ErrorCode::unavailable, "PR_CAP_AMBIENT_CLEAR_ALL");
    return {};
}

Result<void> forbid_inspection() {
    if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return fail_errno(ErrorCode::unavailable, "PR_SET_DUMPABLE");
    return {};
}

}  // namespace mayfly::jail
