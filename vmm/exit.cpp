#include "vmm/exit.h"

#include <cstring>

#include "abi/doorbell.h"
#include "vmm/registers.h"

namespace mayfly::vmm {
namespace {

// Of Linux newer than our headers (api.rst, section 5).
constexpr std::uint32_t kExitMemoryFault = 39;

Exit decode_io(const kvm_run& run, std::span<const std::byte> shared) {
    const auto& io = run.io;
    if (io.direction != KVM_EXIT_IO_OUT) return BadExit{"read from port " + hex(io.port)};
    if (io.port != abi::kDoorbellPort) return BadExit{"wrote to port " + hex(io.port)};
    if (io.size != sizeof(std::uint32_t) || io.count != 1)
        return BadExit{"rang the doorbell with " + std::to_string(io.count) + " x " + std::to_string(io.size) +
                       " bytes instead of 4"};
    if (io.data_offset > shared.size() - sizeof(std::uint32_t)) return BadExit{"port data out of range"};

    DoorbellRing ring{};
    std::memcpy(&ring.operation, shared.data() + io.data_offset, sizeof ring.operation);
    return ring;
}

std::string describe_mmio(const kvm_run& run) {
    return std::string(run.mmio.is_write != 0 ? "wrote to" : "read from") + " guest-physical address " +
           hex(run.mmio.phys_addr) + ", where it has no such memory";
}

std::string describe_internal_error(const kvm_run& run) {
    switch (run.internal.suberror) {
    case KVM_INTERNAL_ERROR_EMULATION: return "an instruction KVM can't emulate";
    case KVM_INTERNAL_ERROR_SIMUL_EX: return "an exception while another was delivered";
    case KVM_INTERNAL_ERROR_DELIVERY_EV: return "an exit while an event was delivered";
    default: return "KVM internal error " + std::to_string(run.internal.suberror);
    }
}

std::string describe(const kvm_run& run) {
    switch (run.exit_reason) {
    case KVM_EXIT_MMIO: return describe_mmio(run);
    case KVM_EXIT_HLT: return "halted";
    case KVM_EXIT_SHUTDOWN: return "triple fault";
    case KVM_EXIT_FAIL_ENTRY:
        return "the processor refused the guest's state, reason " + hex(run.fail_entry.hardware_entry_failure_reason);
    case KVM_EXIT_INTERNAL_ERROR: return describe_internal_error(run);
    case KVM_EXIT_HYPERCALL: return "hypercall " + hex(run.hypercall.nr);
    case KVM_EXIT_X86_RDMSR: return "read model-specific register " + hex(run.msr.index);
    case KVM_EXIT_X86_WRMSR: return "wrote model-specific register " + hex(run.msr.index);
    case KVM_EXIT_EXCEPTION: return "exception " + std::to_string(run.ex.exception);
    case KVM_EXIT_DEBUG: return "debug exit";
    case KVM_EXIT_SYSTEM_EVENT: return "system event " + std::to_string(run.system_event.type);
    case KVM_EXIT_UNKNOWN: return "unknown hardware exit " + hex(run.hw.hardware_exit_reason);
    case kExitMemoryFault: return "memory fault";
    default: return "unexpected exit";
    }
}

}  // namespace

Exit decode_exit(std::span<const std::byte> shared) {
    // KVM lays a kvm_run at the start of the area it maps for a vCPU.
    const auto& run = *reinterpret_cast<const kvm_run*>(shared.data());
    if (run.exit_reason == KVM_EXIT_IO) return decode_io(run, shared);
    if (run.exit_reason == KVM_EXIT_INTR) return Interrupted{};
    return BadExit{describe(run) + " (exit reason " + std::to_string(run.exit_reason) + ")"};
}

}  // namespace mayfly::vmm
