#include "jail/identity.h"

#include <sys/syscall.h>
#include <unistd.h>

namespace mayfly::jail {
namespace {

// glibc's wrappers would change the ids of all threads, by signals; this process has one.
Result<void> call(long number, long first, long second, long third, const char* what) {
    if (::syscall(number, first, second, third) != 0) return fail_errno(ErrorCode::unavailable, what);
    return {};
}

}  // namespace

Result<void> change_identity(uid_t id) {
    const auto value = static_cast<long>(id);
    MF_TRY(call(SYS_setgroups, 0, 0, 0, "setgroups"));
    MF_TRY(call(SYS_setresgid, value, value, value, "setresgid"));
    return call(SYS_setresuid, value, value, value, "setresuid");
}

}  // namespace mayfly::jail
