// What both ends of the control socket convert: the state of a vCPU, and what lies where in a memory file.
#pragma once

#include <vector>

#include "base/error.h"
#include "microvm/control.pb.h"
#include "snapshot/extent.h"
#include "vmm/cpu_state.h"

namespace mayfly::microvm {

Result<vmm::CpuState> from_message(const control::CpuState& message);
void to_message(const vmm::CpuState& cpu, control::CpuState& message);

std::vector<snapshot::Extent> from_message(const control::Layer& message);
void to_message(const std::vector<snapshot::Extent>& extents, control::Layer& message);

}  // namespace mayfly::microvm
