// Between control.proto and the types of vmm/ and snapshot/.
#pragma once

#include <vector>

#include "base/error.h"
#include "microvm/control.pb.h"
#include "snapshot/extent.h"
#include "vmm/cpu_state.h"
#include "vmm/run_loop.h"

namespace mayfly::microvm {

Result<vmm::CpuState> from_message(const control::CpuState& message);
void to_message(const vmm::CpuState& cpu, control::CpuState& message);

std::vector<snapshot::Extent> from_message(const control::Layer& message);
void to_message(const std::vector<snapshot::Extent>& extents, control::Layer& message);

Result<abi::EventKind> from_message(control::EventKind kind);
void to_message(const vmm::Stop& stop, control::Stopped& message);
void to_message(const Error& error, control::Failed& message);

}  // namespace mayfly::microvm
