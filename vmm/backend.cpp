#include "vmm/backend.h"

#include <unistd.h>

namespace mayfly::vmm {
namespace {

// Intel SDM volume 3, section 2.5; AMD64 APM volume 2, section 3.1.
constexpr std::uint64_t kCr0 = 0x8005'0033;  // PG, AM, WP, NE, ET, MP, PE
constexpr std::uint64_t kCr4Pae = 1ull << 5;
constexpr std::uint64_t kCr4Osfxsr = 1ull << 9;
constexpr std::uint64_t kCr4Osxmmexcpt = 1ull << 10;
constexpr std::uint64_t kCr4Fsgsbase = 1ull << 16;
constexpr std::uint64_t kCr4Osxsave = 1ull << 18;
constexpr std::uint64_t kEferSce = 1ull << 0;
constexpr std::uint64_t kEferLme = 1ull << 8;
constexpr std::uint64_t kEferLma = 1ull << 10;
constexpr std::uint64_t kEferNxe = 1ull << 11;
constexpr std::uint64_t kXcr0 = 7;  // x87, SSE, AVX: one set for all hosts, so that snapshots move

bool has_bit(const kvm_cpuid_entry2* entry, std::uint32_t kvm_cpuid_entry2::*word, unsigned bit) {
    return entry != nullptr && ((entry->*word >> bit) & 1) != 0;
}

// Only where CPUID says OSXSAVE.
std::uint64_t host_xcr0() {
    std::uint32_t low, high;
    asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return std::uint64_t{high} << 32 | low;
}

}  // namespace

std::string_view to_string(Backend backend) {
    switch (backend) {
    case Backend::pvm: return "pvm";
    case Backend::svm: return "svm";
    case Backend::vmx: return "vmx";
    }
    return "unknown";
}

Result<Backend> detect_backend(const Kvm& kvm) {
    // kvm_pvm first: on a host that also loaded kvm_amd or kvm_intel without success, it serves /dev/kvm.
    if (::access("/sys/module/kvm_pvm", F_OK) == 0) return Backend::pvm;
    if (::access("/sys/module/kvm_amd", F_OK) == 0) return Backend::svm;
    if (::access("/sys/module/kvm_intel", F_OK) == 0) return Backend::vmx;

    return backend_that_supports(MF_TRY(Cpuid::supported(kvm)));
}

Backend backend_that_supports(const Cpuid& supported) {
    // Hardware virtualisation always offers XSAVE on processors of the last decade; PVM never does.
    if (!has_bit(supported.find(1), &kvm_cpuid_entry2::ecx, 26)) return Backend::pvm;
    const kvm_cpuid_entry2* vendor = supported.find(0);
    constexpr std::uint32_t kIntelEbx = 0x756e'6547;  // "Genu"
    if (vendor != nullptr && vendor->ebx == kIntelEbx) return Backend::vmx;
    return Backend::svm;
}

ControlRegisters control_registers(const Cpuid& supported) {
    const kvm_cpuid_entry2* features = supported.find(1);
    const kvm_cpuid_entry2* structured = supported.find(7, 0);
    const kvm_cpuid_entry2* extended = supported.find(0x8000'0001);

    ControlRegisters registers{kCr0, kCr4Pae | kCr4Osfxsr | kCr4Osxmmexcpt, kEferSce | kEferLme | kEferLma, 0};
    if (has_bit(features, &kvm_cpuid_entry2::ecx, 26) || supported.offers_xsave()) {
        registers.cr4 |= kCr4Osxsave;
        const kvm_cpuid_entry2* components = supported.find(0xd, 0);
        // Under PVM the host's XCR0 is the guest's. With another KVM would change it at every entry and exit.
        const std::uint64_t wanted = supported.offers_xsave() ? host_xcr0() : kXcr0;
        registers.xcr0 = components == nullptr ? 3 : (wanted & components->eax);
    }
    if (has_bit(structured, &kvm_cpuid_entry2::ebx, 0)) registers.cr4 |= kCr4Fsgsbase;
    if (has_bit(extended, &kvm_cpuid_entry2::edx, 20)) registers.efer |= kEferNxe;
    return registers;
}

}  // namespace mayfly::vmm
