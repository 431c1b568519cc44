// The first virtual CPU on a host that has no interrupt controller in KVM, and the end of the last one, make KVM patch
// its own code (kvm_has_noapic_vcpu), for which all processors are interrupted: a tenth of a millisecond each time on
// two, more on many. Whoever starts and ends microVMs one after the other keeps one that never runs.
#pragma once

#include "base/unique_fd.h"

namespace mayfly::vmm {

class Kvm;

// Lives as long as the descriptor; empty if it could not be made, which costs no more than the time above.
UniqueFd make_spare_vcpu(const Kvm& kvm);

}  // namespace mayfly::vmm
