// Our plans and requests as messages to a microVM process.
#pragma once

#include "microvm/control.pb.h"
#include "runtime/microvm.h"

namespace mayfly::runtime {

void to_message(const MicrovmPlan& plan, control::Start& out);
// Without the first window and layer, which are there.
void to_message(const MicrovmPlan& plan, control::Restore& out);
void to_message(const RunRequest& request, control::Run& out);

}  // namespace mayfly::runtime
