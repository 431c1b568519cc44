// Vector registers beyond SSE, told by CPUID. Under PVM they work natively, whatever KVM supports; but where the
// processor can make CPUID fault (Intel's "CPUID faulting"), KVM answers it, and programs see no OSXSAVE, hence no AVX,
// unless CR4 has it. KVM takes that bit of CR4 where XSAVE is in the vCPU's CPUID, which it does not check.
#pragma once

namespace mayfly::vmm {

class Cpuid;
class Kvm;

// Makes `cpuid`, KVM's answer, offer XSAVE where that is of use, and KVM takes it: tried with a virtual machine that is
// thrown away, about a millisecond. Elsewhere it does nothing.
void offer_xsave_where_cpuid_faults(const Kvm& kvm, Cpuid& cpuid);

}  // namespace mayfly::vmm
