#include "vmm/pvm_cpuid.h"

#include <asm/prctl.h>
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "vmm/backend.h"
#include "vmm/cpuid.h"
#include "vmm/vcpu.h"
#include "vmm/vm.h"

namespace mayfly::vmm {
namespace {

// arch_prctl(2): allowing CPUID, as it is, is an error where it can't be forbidden.
bool cpuid_can_fault() { return ::syscall(SYS_arch_prctl, ARCH_SET_CPUID, 1) == 0; }

bool host_has_osxsave() {
    constexpr unsigned kOsxsave = 1u << 27;  // 1.ECX
    unsigned eax, ebx, ecx, edx;
    return __get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 && (ecx & kOsxsave) != 0;
}

bool kvm_takes(const Kvm& kvm, const Cpuid& cpuid) {
    const auto vm = Vm::create(kvm);
    if (!vm) return false;
    const auto vcpu = Vcpu::create(kvm, *vm, cpuid);
    return vcpu && vcpu->takes_control_registers();
}

}  // namespace

void fit_cpuid_to_pvm(const Kvm& kvm, Cpuid& cpuid) {
    if (backend_that_supports(cpuid) != Backend::pvm) return;
    if (!cpuid_can_fault()) return cpuid.leave_to_processor();
    if (!host_has_osxsave()) return;
    Cpuid with_xsave = cpuid;
    with_xsave.offer_xsave();
    if (kvm_takes(kvm, with_xsave)) cpuid = with_xsave;
}

Result<Cpuid> cpuid_for_microvms(const Kvm& kvm) {
    Cpuid cpuid = MF_TRY(Cpuid::supported(kvm));
    fit_cpuid_to_pvm(kvm, cpuid);
    return cpuid;
}

}  // namespace mayfly::vmm
