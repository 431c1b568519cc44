// The one vCPU of a microVM. Registers travel in the shared kvm_run area (KVM_CAP_SYNC_REGS), so
// that setting them costs no system call.
#pragma once

#include <linux/kvm.h>

#include <cstdint>
#include <string>

#include "base/error.h"
#include "base/mapping.h"
#include "base/unique_fd.h"
#include "vmm/backend.h"
#include "vmm/cpu_state.h"
#include "vmm/exit.h"
#include "vmm/vcpu_statistics.h"

namespace mayfly::vmm {

class Cpuid;
class Kvm;
class Vm;

// What a run left behind, beyond memory and the registers that every exit shows.
struct Traces {
    bool privileged_state = true;  // that ring 0 may have changed: model-specific and debug registers
    bool translations = true;      // made or changed since the run began
};

class Vcpu {
public:
    // supported: KVM_GET_SUPPORTED_CPUID's answer.
    static Result<Vcpu> create(const Kvm& kvm, const Vm& vm, const Cpuid& supported);

    // Whether KVM lets it have the control registers that its CPUID asks for. Only for trying: set_state() comes after.
    bool takes_control_registers() const;

    // Puts every register of the vCPU into a known state: `state` at CPL 3, all else as at creation, and no
    // translation left of what ran before. Takes effect at the next run(). Precondition: complete_io() as for state().
    Result<void> set_state(const CpuState& state);
    // The same after a run from set_state() or the last go_back() to a doorbell, whose traces tell what need not be
    // done; complete_io() is not asked for.
    // Most of the cost is the number of ioctls: each loads and puts the vCPU, which takes 10 to 20 us on PVM.
    Result<Traces> go_back(const CpuState& state);
    // The registers now. Precondition: complete_io() was called, if the last exit was a doorbell.
    CpuState state() const;

    // Runs the guest until something ends it. An Error is the host's fault.
    Result<Exit> run();
    // Lets KVM finish the OUT of the last doorbell, so that RIP points behind it, and runs nothing.
    Result<void> complete_io();

    // Whether an external interrupt can be delivered right now without loss.
    bool can_take_interrupt() const;
    Result<void> interrupt(std::uint8_t vector);

    // Names what the guest changed of the registers that only ring 0 can change; empty if nothing.
    std::string tampering() const;

    const kvm_regs& registers() const { return shared().s.regs.regs; }
    const kvm_sregs& special_registers() const { return shared().s.regs.sregs; }
    // Set from a signal handler to make a run() that is under way, or the next one, return Interrupted.
    kvm_run* shared_area() const;

    // Frequency of the guest's time stamp counter, by KVM or else measured.
    std::uint64_t tsc_khz() const { return tsc_khz_; }
    std::uint64_t xcr0() const { return control_.xcr0; }

private:
    Vcpu(UniqueFd fd, Mapping run, const ControlRegisters& control)
        : fd_(std::move(fd)), run_(std::move(run)), control_(control) {}
    Result<void> remember_initial_state(const Kvm& kvm);
    void set_synced_registers(const CpuState& state);
    void forget_translations();
    Result<void> set_privileged_state(const CpuState& state);
    Traces find_traces();
    Result<void> set_msrs(std::uint64_t syscall_entry);
    Result<void> reset_vector_registers();
    Result<void> reset_debug_registers();
    kvm_run& shared() const;

    UniqueFd fd_;
    Mapping run_;  // after fd_, so that it is unmapped before the vCPU is closed
    ControlRegisters control_;
    kvm_sregs initial_{};  // as KVM made the vCPU, with our control registers and segments
    CpuState expected_{};  // what the last set_state() asked for
    std::uint64_t cr3_tag_ = 0;
    bool has_debug_registers_ = false;
    bool emulates_ring0_ = false;
    VcpuStatistics statistics_;  // opened at the first go_back(), where that helps
    VcpuCounts seen_;            // at the last one
    bool has_seen_ = false;
    std::uint64_t tsc_khz_ = 0;
};

}  // namespace mayfly::vmm
