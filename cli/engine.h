// The engine as every command opens it.
#pragma once

#include "base/error.h"
#include "cli/terminal.h"
#include "mayfly/mayfly.h"

namespace mayfly::cli {

// Of every engine that is opened from now on.
void accept(const AcceptedRisks& risks);

// Warnings go to standard error, progress to the line if there is one; an interrupt ends its work.
Result<Engine> open_engine(ProgressLine* progress = nullptr);

}  // namespace mayfly::cli
