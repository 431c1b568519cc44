// What of a jail this host can give, found out without making one. Needs no library.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/error.h"

namespace mayfly::jail {

// Filters that kill a process (Linux 4.14).
bool has_seccomp();
// The highest ABI version of Landlock that this kernel knows; 0: it has none.
int landlock_version();
// As this user, with all the namespaces that a jail has. Tried by a process of its own.
Result<void> try_namespaces();
// As root: the ids that microVM processes have can be mapped.
bool may_map_ids();

// What to do where try_namespaces() fails.
inline constexpr const char* kHowToAllowNamespaces =
    "allow user namespaces (sysctl user.max_user_namespaces=10000; where AppArmor restricts them: sysctl "
    "kernel.apparmor_restrict_unprivileged_userns=0; in a chroot there can be none), or do without with "
    "--insecure-no-namespaces";

// The exit status of a child, waited for; -1: it had none.
int wait_for_status(pid_t child);

// The ids of microVM processes: far from those of people, services and what container engines hand out, with room for
// every process number (at most 2^22, proc_sys_kernel(5)).
inline constexpr unsigned kFirstId = 0x6d00'0000;
inline constexpr unsigned kIds = 1u << 22;
// "1828716544 to …"
std::string id_range();

}  // namespace mayfly::jail
