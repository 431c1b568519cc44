// The system calls of a microVM process once it is locked, each with its reason. docs/security.md lists the same.
#pragma once

#include <vector>

#include "jail/seccomp_filter.h"

namespace mayfly::microvm {

// What a microVM process is for.
enum class Purpose {
    function,  // a function's events, or a program without input
    program,   // a program that reads its standard input
    capture,   // a load or a boot, of which a snapshot is made
};

jail::AllowedCalls allowed_calls(Purpose purpose);
// Of all purposes, in their order.
std::vector<jail::AllowedCalls> all_allowed_calls();

}  // namespace mayfly::microvm
