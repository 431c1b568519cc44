// Reads back from /proc what the jail should have made true, and refuses to go on when something is not.
#pragma once

#include <sys/types.h>

#include <string_view>

#include "base/error.h"
#include "base/unique_fd.h"
#include "jail/namespaces.h"
#include "jail/proc.h"

namespace mayfly::jail {

// In the zygote: namespaces are others than before, the root is empty and read-only, limits are set, no environment.
Result<void> check_prepared(const Proc& proc, const NamespaceIds& before);

struct Expected {
    uid_t id;  // kOwnId: any
    bool has_pid_namespace;
    bool has_empty_bounding_set;
    bool has_filter;
};
// In the forked process, after everything else. `status` is its /proc/self/status.
Result<void> check_locked(const UniqueFd& status, const Expected& expected);
// The same of a text.
Result<void> check_status(std::string_view status, const Expected& expected);

}  // namespace mayfly::jail
