#include "vmm/spare_vcpu.h"

#include <linux/kvm.h>

#include "vmm/kvm.h"

namespace mayfly::vmm {

// The virtual machine lives as long as its vCPU does.
UniqueFd make_spare_vcpu(const Kvm& kvm) {
    const auto vm = kvm_call(kvm.fd(), KVM_CREATE_VM, 0ul, "KVM_CREATE_VM");
    if (!vm) return {};
    const auto vcpu = kvm_call(UniqueFd{*vm}, KVM_CREATE_VCPU, 0ul, "KVM_CREATE_VCPU");
    return vcpu ? UniqueFd{*vcpu} : UniqueFd{};
}

}  // namespace mayfly::vmm
