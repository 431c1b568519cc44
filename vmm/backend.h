// Everything in which the KVM backends differ for us. Above this file there is one kind of guest.
//
// PVM shadows page tables, emulates ring 0 and runs ring 3 natively: CPUID is not intercepted, but where it can be made
// to fault (vmm/pvm_cpuid.h), and KVM_GET_SUPPORTED_CPUID lacks features that work all the same (XSAVE, FSGSBASE), so
// the control bits that announce them stay clear. SVM and VMX want those bits set.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "vmm/cpuid.h"

namespace mayfly::vmm {

class Kvm;

// The numbers stand in snapshots (docs/snapshot-format.md).
enum class Backend : std::uint32_t { pvm = 1, svm = 2, vmx = 3 };

std::string_view to_string(Backend backend);

// From the modules this kernel has loaded; where /sys can't be read, from what KVM supports.
Result<Backend> detect_backend(const Kvm& kvm);
// The second way alone.
Backend backend_that_supports(const Cpuid& supported);

// The control registers of a microVM, as far as the backend lets us set them.
struct ControlRegisters {
    std::uint64_t cr0;
    std::uint64_t cr4;
    std::uint64_t efer;
    std::uint64_t xcr0;  // 0: XCR0 can't be set and is what the host gives
};

ControlRegisters control_registers(const Cpuid& supported);

}  // namespace mayfly::vmm
