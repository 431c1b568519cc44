// Resource limits (getrlimit(2)) of all microVM processes.
#pragma once

#include "base/error.h"

namespace mayfly::jail {

Result<void> limit_resources();
// An Error names one that is larger than limit_resources() makes it.
Result<void> check_resource_limits();

}  // namespace mayfly::jail
