// The exit codes of `mayfly`, as docs/cli.md lists them.
#pragma once

#include "base/error.h"
#include "mayfly/mayfly.h"

namespace mayfly::cli {

enum ExitCode : int {
    kExitFinished = 0,
    kExitFunctionError =
        1,  // the function raised, or its code can't be loaded; doctor: functions can't run; bench: a proof failed
    kExitUsage = 2,          // the command line, a name or the event makes no sense
    kExitMicrovm = 3,        // crashed, timed out or out of memory
    kExitHost = 4,           // KVM, a file, a microVM's process or the machine failed
    kExitInterrupted = 130,  // Ctrl-C, as shells report SIGINT
};

int exit_code(Outcome outcome);
int exit_code(ErrorCode code);

}  // namespace mayfly::cli
