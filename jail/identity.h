// User and group ids of a microVM process.
#pragma once

#include <sys/types.h>

#include "base/error.h"

namespace mayfly::jail {

// An id that stays what it was.
inline constexpr uid_t kOwnId = static_cast<uid_t>(-1);

// All user and group ids become `id`; no further groups.
Result<void> change_identity(uid_t id);

}  // namespace mayfly::jail
