#include "vmm/capabilities.h"

#include <linux/kvm.h>

#include <array>

#include "vmm/kvm.h"

namespace mayfly::vmm {
namespace {

constexpr int kSyncedRegisters = KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS | KVM_SYNC_X86_EVENTS;

#define MF_CAPABILITY(name) KVM_CAP_##name, "KVM_CAP_" #name
constexpr std::array kCapabilities = {
    Capability{MF_CAPABILITY(USER_MEMORY), Need::required, 0, "guest memory"},
    Capability{MF_CAPABILITY(EXT_CPUID), Need::required, 0, "the processor features a guest sees"},
    Capability{MF_CAPABILITY(READONLY_MEM), Need::required, 0, "images shared by all microVMs, read-only"},
    Capability{MF_CAPABILITY(SYNC_REGS), Need::required, kSyncedRegisters, "registers without a system call each"},
    Capability{MF_CAPABILITY(IMMEDIATE_EXIT), Need::required, 0, "deadlines that can't be missed"},
    Capability{MF_CAPABILITY(VCPU_EVENTS), Need::required, 0, "a reset of pending exceptions"},
    Capability{MF_CAPABILITY(XSAVE), Need::required, 0, "a reset of vector registers"},
    Capability{MF_CAPABILITY(XCRS), Need::used, 0, "AVX on hardware virtualisation"},
    Capability{MF_CAPABILITY(DEBUGREGS), Need::used, 0, "a reset of debug registers"},
    Capability{MF_CAPABILITY(DISABLE_QUIRKS2), Need::used, KVM_X86_QUIRK_FIX_HYPERCALL_INSN,
               "VMCALL and VMMCALL fault instead of spinning"},
    Capability{MF_CAPABILITY(X86_MSR_FILTER), Need::used, 0, "no model-specific register for guests"},
    Capability{MF_CAPABILITY(VCPU_ATTRIBUTES), Need::used, 0, "a guest time stamp counter equal to the host's"},
    Capability{MF_CAPABILITY(GET_TSC_KHZ), Need::used, 0, "the frequency of the time stamp counter"},
};
#undef MF_CAPABILITY

bool is_present(const Capability& capability, int value) {
    if (capability.bits == 0) return value != 0;
    return (value & capability.bits) == capability.bits;
}

}  // namespace

std::span<const Capability> all_capabilities() { return kCapabilities; }

std::vector<CapabilityReport> probe_capabilities(const Kvm& kvm) {
    std::vector<CapabilityReport> reports;
    for (const Capability& capability : kCapabilities) {
        const int value = kvm.capability(capability.number);
        reports.push_back({capability, value, is_present(capability, value)});
    }
    return reports;
}

Result<void> require_capabilities(const Kvm& kvm) {
    for (const Capability& capability : kCapabilities) {
        if (capability.need != Need::required || is_present(capability, kvm.capability(capability.number))) continue;
        return fail(ErrorCode::unavailable, "this host's KVM lacks " + std::string(capability.name) + " (" +
                                                std::string(capability.purpose) + "): use a newer kernel");
    }
    return {};
}

}  // namespace mayfly::vmm
