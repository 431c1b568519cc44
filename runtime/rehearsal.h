// An event of ours that any language runtime answers by itself, without a function, as it would answer with one.
#pragma once

#include "runtime/microvm.h"

namespace mayfly::runtime {

RunRequest rehearsal();
// The same with what handlers commonly do. The guest kernel notes which pages that uses...
RunRequest practice();
// ... and reads of each of them, so that the host knows them when a function comes.
RunRequest touch();
// Fails when the runtime does not get through it, or answers with an error: then it can go on.
Result<void> rehearse(Microvm& microvm, const RunRequest& request = rehearsal());

}  // namespace mayfly::runtime
