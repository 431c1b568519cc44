// The event that an option names.
#pragma once

#include <string>

#include "base/error.h"

namespace mayfly::cli {

// The event -d names: JSON itself, @FILE, or - for standard input. One byte beyond the limit is read
// at most, so that the library can refuse it.
Result<std::string> read_event(const std::string& argument);

}  // namespace mayfly::cli
