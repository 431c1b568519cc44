// Registers as text, for people who look for a crash.
#pragma once

#include <cstdint>
#include <string>

namespace mayfly::vmm {

class Vcpu;

std::string hex(std::uint64_t value);

// All general, segment, control and table registers and pending events, several lines.
std::string describe_registers(const Vcpu& vcpu);

}  // namespace mayfly::vmm
