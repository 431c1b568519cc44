#include "jail/host_support.h"

#include <linux/seccomp.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <fstream>

namespace mayfly::jail {

bool has_seccomp() {
    const std::uint32_t action = SECCOMP_RET_KILL_PROCESS;
    return ::syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

int landlock_version() {
    constexpr std::uint32_t kGetVersion = 1;  // LANDLOCK_CREATE_RULESET_VERSION
    const long found = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, kGetVersion);
    return static_cast<int>(std::max(found, 0l));
}

// The child of what may be a program with many threads makes system calls only.
Result<void> try_namespaces() {
    const pid_t pid = ::fork();
    if (pid < 0) return fail_errno(ErrorCode::unavailable, "fork");
    if (pid == 0) {
        constexpr int kAll = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET;
        ::_exit(::unshare(kAll) == 0 ? 0 : errno);
    }
    const int status = wait_for_status(pid);
    if (status == 0) return {};
    errno = status > 0 ? status : EINTR;
    return fail_errno(ErrorCode::unavailable, "unshare");
}

int wait_for_status(pid_t child) {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string id_range() { return std::to_string(kFirstId) + " to " + std::to_string(kFirstId + kIds - 1); }

bool may_map_ids() {
    std::ifstream map("/proc/self/uid_map");
    for (std::uint64_t inside = 0, outside = 0, count = 0; map >> inside >> outside >> count;)
        if (inside <= kFirstId && kFirstId + std::uint64_t{kIds} <= inside + count) return true;
    return false;
}

}  // namespace mayfly::jail
