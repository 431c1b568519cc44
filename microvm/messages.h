// Between control.proto and the types of vmm/.
#pragma once

#include "base/error.h"
#include "microvm/control.pb.h"
#include "microvm/state_messages.h"
#include "vmm/run_loop.h"

namespace mayfly::microvm {

Result<abi::EventKind> from_message(control::EventKind kind);
void to_message(const vmm::Stop& stop, control::Stopped& message);
void to_message(const Error& error, control::Failed& message);

}  // namespace mayfly::microvm
