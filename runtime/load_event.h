// The two messages of a load, as the runtime's bootstrap speaks them.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "mayfly/mayfly.h"

namespace mayfly::runtime {

inline constexpr const char* kTaskRoot = "/var/task";

std::string load_event(const FunctionOptions& options);
// The answer to a load that failed, for people: type, message and the runtime's trace.
std::string describe_load_error(std::string_view reply);

// The cause of a function error: who refused the event, the runtime or the handler.
std::string describe_function_error(std::string_view reply);

// A random UUID (version 4).
std::string random_uuid();

}  // namespace mayfly::runtime
