// The processor features a guest sees: what KVM supports, minus what a microVM must not have.
#pragma once

#include <linux/kvm.h>

#include <array>
#include <cstdint>
#include <span>

#include "base/error.h"

namespace mayfly::vmm {

class Kvm;

class Cpuid {
public:
    // KVM_GET_SUPPORTED_CPUID as it is.
    static Result<Cpuid> supported(const Kvm& kvm);

    std::span<const kvm_cpuid_entry2> entries() const { return {table_.entries.data(), table_.count}; }
    const kvm_cpuid_entry2* find(std::uint32_t function, std::uint32_t index = 0) const;

    // Hides nested virtualisation, the PMU, MWAIT, interrupt controllers and KVM's own leaves, and
    // says that there is one processor.
    void restrict_to_microvm();

    // What the guest sees is the processor's: restrict_to_microvm() leaves what KVM itself looks at (vmm/pvm_cpuid.h).
    void leave_to_processor() { is_left_to_processor_ = true; }
    // Tells the guest of XSAVE though KVM does not support it (vmm/pvm_cpuid.h).
    void offer_xsave() { offers_xsave_ = true; }
    bool offers_xsave() const { return offers_xsave_; }

    // struct kvm_cpuid2, as KVM_SET_CPUID2 takes it.
    const void* kvm_table() const { return &table_; }

private:
    static constexpr std::size_t kMaxEntries = 256;
    // The layout of kvm_cpuid2 with room for its flexible array.
    struct Table {
        std::uint32_t count;
        std::uint32_t padding;
        std::array<kvm_cpuid_entry2, kMaxEntries> entries;
    };
    static_assert(offsetof(Table, entries) == 8);

    Cpuid() : table_{} {}

    Table table_;
    bool is_left_to_processor_ = false;
    bool offers_xsave_ = false;
};

}  // namespace mayfly::vmm
