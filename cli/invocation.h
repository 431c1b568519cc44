// Showing what an invocation gave: the reply on standard output, everything else on standard error.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/error.h"
#include "mayfly/mayfly.h"

namespace mayfly::cli {

struct InvocationArguments {
    std::string event = "{}";        // as -d takes it
    std::optional<std::string> log;  // default: tail, with --repeat none
    bool json = false;
    bool fresh = false;
    std::size_t repeat = 1;
};

// Invokes as often as asked and shows each; returns the exit code of the worst outcome.
int invoke_and_show(Function& function, const InvocationArguments& arguments);

}  // namespace mayfly::cli
