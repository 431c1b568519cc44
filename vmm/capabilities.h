// Which KVM capabilities Mayfly needs and which it uses where they exist.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace mayfly::vmm {

class Kvm;

enum class Need {
    required,  // functions can't run without it
    used,      // makes something better; there is another way
};

struct Capability {
    int number;
    std::string_view name;
    Need need;
    int bits;  // bits that must be set in the value; 0: any value but 0 will do
    std::string_view purpose;
};

struct CapabilityReport {
    Capability capability;
    int value;
    bool present;
};

std::span<const Capability> all_capabilities();
std::vector<CapabilityReport> probe_capabilities(const Kvm& kvm);

// Fails with the name of the first required capability that is missing.
Result<void> require_capabilities(const Kvm& kvm);

}  // namespace mayfly::vmm
