// The event of a load, as the runtime's bootstrap speaks it.
#pragma once

#include <string>

#include "mayfly/mayfly.h"

namespace mayfly::runtime {

inline constexpr const char* kTaskRoot = "/var/task";

std::string load_event(const FunctionOptions& options);

// A random UUID (version 4).
std::string random_uuid();

}  // namespace mayfly::runtime
