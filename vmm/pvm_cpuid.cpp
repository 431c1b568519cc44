#include "vmm/pvm_cpuid.h"

#include <asm/prctl.h>
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "vmm/backend.h"
#include "vmm/cpuid.h"
#include "vmm/vcpu.h"
#include "vmm/vm.h"

namespace mayfly::vmm {
namespace {

enum class Faulting { no, yes, unknown };

// arch_prctl(2): to allow CPUID, as it is, is ENODEV where it can't be forbidden. Another error, of a filter for one,
// says nothing.
Faulting cpuid_faulting() {
    if (::syscall(SYS_arch_prctl, ARCH_SET_CPUID, 1) == 0) return Faulting::yes;
    return errno == ENODEV ? Faulting::no : Faulting::unknown;
}

// KVM takes these bits of CR4 only where they are in the vCPU's CPUID.
bool needs_cpuid_for_cr4(const Cpuid& cpuid) {
    constexpr std::uint64_t kFsgsbaseAndOsxsave = 1u << 16 | 1u << 18;
    return (control_registers(cpuid).cr4 & kFsgsbaseAndOsxsave) != 0;
}

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
    const Faulting faulting = cpuid_faulting();
    if (faulting == Faulting::no && !needs_cpuid_for_cr4(cpuid)) cpuid.leave_to_processor();
    if (faulting != Faulting::yes || !host_has_osxsave()) return;
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
