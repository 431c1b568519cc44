// What a reply says that is the description of an error: nothing of it is trusted.
#pragma once

#include <string>
#include <string_view>

namespace mayfly::runtime {

// The answer to a load that failed, for people: type, message and the runtime's trace.
std::string describe_load_error(std::string_view reply);

// The cause of a function error: who refused the event, the runtime or the handler.
std::string describe_function_error(std::string_view reply);

}  // namespace mayfly::runtime
