// Starts a program in a process: execve(2) without its end of the old program.
#pragma once

#include "guest/exec/stack.h"
#include "guest/thread/process.h"

namespace mayfly::guest {

// Loads the program named by argv[0] (searched in PATH when it has no slash) and its interpreter. The
// registers its first thread starts with.
ErrnoOr<TrapFrame> load_program(Process& process, Arguments& arguments);

}  // namespace mayfly::guest
