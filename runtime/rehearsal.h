// An event of ours that any language runtime answers by itself, without a function, as it would answer with one.
#pragma once

#include "runtime/microvm.h"

namespace mayfly::runtime {

RunRequest rehearsal();
// Fails when the runtime does not get through it.
Result<void> rehearse(Microvm& microvm, const RunRequest& request = rehearsal());

}  // namespace mayfly::runtime
