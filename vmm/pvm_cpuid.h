// CPUID under PVM. The instruction runs natively there and shows what the processor has, whatever a vCPU's CPUID says,
// unless the processor can make it fault (Intel's "CPUID faulting"): then KVM answers it.
#pragma once

#include "base/error.h"
#include "vmm/cpuid.h"

namespace mayfly::vmm {

class Kvm;

// Makes of `cpuid`, KVM's answer, what a vCPU had better be given. Where CPUID does not fault, little: KVM executes it
// for each vCPU that has other leaves, which a hypervisor below traps, 0.05 ms. Where it does, it offers XSAVE, if KVM
// takes it, tried with a virtual machine that is thrown away, about a millisecond: vector registers beyond SSE work
// natively, but programs see no OSXSAVE, hence no AVX, unless CR4 has it, and KVM takes that bit where XSAVE is in the
// vCPU's CPUID, which it does not check. On other backends than PVM it does nothing.
void fit_cpuid_to_pvm(const Kvm& kvm, Cpuid& cpuid);

// What KVM supports, fit to PVM.
Result<Cpuid> cpuid_for_microvms(const Kvm& kvm);

}  // namespace mayfly::vmm
