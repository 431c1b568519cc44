// An event of ours that any language runtime answers by itself, without a function, as it would answer with one.
#pragma once

#include "runtime/microvm.h"

namespace mayfly::runtime {

RunRequest rehearsal();

}  // namespace mayfly::runtime
