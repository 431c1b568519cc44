// Between our structs and control.proto's messages. What is decoded is bounded here.
#pragma once

#include <string>

#include "base/error.h"
#include "microvm/control.pb.h"
#include "runtime/microvm.h"

namespace mayfly::runtime {

void to_message(const MicrovmPlan& plan, control::Start& out);
// Without the first window and layer, which are there.
void to_message(const MicrovmPlan& plan, control::Restore& out);
void to_message(const RunRequest& request, control::Run& out);

Stop from_message(const control::Stopped& in);
Result<CapturedState> from_message(const control::Captured& in);
Error from_message(const control::Failed& in);

// Of text that a guest or its process made: printable, and not endless.
std::string printable(std::string_view text);

}  // namespace mayfly::runtime
