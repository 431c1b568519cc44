#include "vmm/cpuid.h"

#include <algorithm>

#include "vmm/kvm.h"
#include "vmm/kvm_ioctls.h"

namespace mayfly::vmm {
namespace {

// Leaf numbers and bits: AMD64 APM volume 3, appendix E; Intel SDM volume 2, CPUID.
constexpr std::uint32_t kMonitor = 1u << 3;          // 1.ECX
constexpr std::uint32_t kVmx = 1u << 5;              // 1.ECX
constexpr std::uint32_t kX2Apic = 1u << 21;          // 1.ECX
constexpr std::uint32_t kTscDeadline = 1u << 24;     // 1.ECX
constexpr std::uint32_t kXsave = 1u << 26;           // 1.ECX
constexpr std::uint32_t kApic = 1u << 9;             // 1.EDX
constexpr std::uint32_t kHyperThreading = 1u << 28;  // 1.EDX
constexpr std::uint32_t kSvm = 1u << 2;              // 8000'0001.ECX
constexpr std::uint32_t kExtendedApic = 1u << 3;     // 8000'0001.ECX
constexpr std::uint32_t kCmpLegacy = 1u << 1;        // 8000'0001.ECX

bool is_hidden_leaf(const kvm_cpuid_entry2& entry) {
    const bool hypervisor = entry.function >= 0x4000'0000 && entry.function <= 0x4fff'ffff;
    const bool performance_counters = entry.function == 0xa || entry.function == 0x8000'0022;
    const bool svm = entry.function == 0x8000'000a;
    const bool monitor = entry.function == 5;
    return hypervisor || performance_counters || svm || monitor;
}

// Long mode, no-execute, 1 GiB pages; the width of addresses.
bool is_needed_by_kvm(const kvm_cpuid_entry2& entry) {
    return entry.function == 0x8000'0000 || entry.function == 0x8000'0001 || entry.function == 0x8000'0008;
}

void restrict_entry(kvm_cpuid_entry2& entry) {
    switch (entry.function) {
    case 1:
        entry.ecx &= ~(kMonitor | kVmx | kX2Apic | kTscDeadline);
        entry.edx &= ~(kApic | kHyperThreading);
        // APIC id 0, one logical processor; the CLFLUSH size in bits 15:8 stays.
        entry.ebx = (entry.ebx & 0x0000'ffff) | (1u << 16);
        break;
    case 0xb:
    case 0x1f: entry.edx = 0; break;  // x2APIC id
    case 0x8000'0001: entry.ecx &= ~(kSvm | kExtendedApic | kCmpLegacy); break;
    case 0x8000'0008: entry.ecx &= ~0xffu; break;  // number of cores - 1
    default: break;
    }
}

}  // namespace

Result<Cpuid> Cpuid::supported(const Kvm& kvm) {
    Cpuid cpuid;
    cpuid.table_.count = kMaxEntries;
    MF_TRY(kvm_call(kvm.fd(), kGetSupportedCpuid, &cpuid.table_, "KVM_GET_SUPPORTED_CPUID"));
    return cpuid;
}

const kvm_cpuid_entry2* Cpuid::find(std::uint32_t function, std::uint32_t index) const {
    for (const kvm_cpuid_entry2& entry : entries()) {
        const bool indexed = (entry.flags & KVM_CPUID_FLAG_SIGNIFCANT_INDEX) != 0;
        if (entry.function == function && (!indexed || entry.index == index)) return &entry;
    }
    return nullptr;
}

void Cpuid::restrict_to_microvm() {
    const auto used = std::span(table_.entries).first(table_.count);
    const auto kept_end = std::remove_if(used.begin(), used.end(), [this](const kvm_cpuid_entry2& entry) {
        return is_hidden_leaf(entry) || (is_left_to_processor_ && !is_needed_by_kvm(entry));
    });
    table_.count = static_cast<std::uint32_t>(kept_end - used.begin());
    std::for_each(used.begin(), kept_end, restrict_entry);
    for (kvm_cpuid_entry2& entry : used)
        if (offers_xsave_ && entry.function == 1) entry.ecx |= kXsave;
}

}  // namespace mayfly::vmm
