// One microVM, whole: VM, vCPU, memory slots, control page, exchange area, clock and timer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/error.h"
#include "vmm/clock.h"
#include "vmm/control_writer.h"
#include "vmm/cpu_state.h"
#include "vmm/cpuid.h"
#include "vmm/deadline.h"
#include "vmm/exchange.h"
#include "vmm/plugged_ram.h"
#include "vmm/read_only_memory.h"
#include "vmm/run_loop.h"
#include "vmm/vcpu.h"
#include "vmm/vm.h"

namespace mayfly::vmm {

class Kvm;

struct MachineConfig {
    std::span<std::byte> ram;  // outlives the machine
    std::uint32_t flags = 0;   // abi::ControlFlags
    std::uint32_t tmp_limit_bytes = 0;
    // Needed during create() only:
    const Cpuid* supported = nullptr;  // KVM's answer, fit to PVM, if it is known already
    std::span<const Image> images{};   // the first is the root file system
    std::uint64_t image_room = 0;      // bytes of images that are to be added later at little cost
};

class Machine {
public:
    // On the thread that will run the vCPU.
    static Result<std::unique_ptr<Machine>> create(const Kvm& kvm, const MachineConfig& config, Exchange exchange);

    Result<void> add_image(const Image& image);
    // For images that were added, as for those of create(): what has left the page cache comes back in large pieces.
    void prefer_large_pages() { memory_.read_only.prefer_large_pages(); }

    // Cold boot: loads the kernel; the first run starts it.
    Result<void> boot(std::span<const std::byte> kernel_elf);
    // Continues a capture whose memory is in RAM already; its clock goes on from monotonic_ns.
    Result<void> restore(const CpuState& cpu, std::uint64_t monotonic_ns);

    // A guest that waits but changed what only ring 0 can change has crashed: it must not run again.
    Stop run(const RunRequest& request);

    // Only while the guest waits for an event:
    // The registers, with RIP behind the doorbell.
    Result<CpuState> capture_cpu();
    // Puts vCPU and clock back to where restore() or the last capture_cpu() had them. The caller resets
    // RAM; without traces in the translations, no page table changed.
    Result<Traces> reset_cpu();
    // Makes KVM forget every translation, or those that lead to these pages.
    Result<void> drop_translations() { return vm_.drop_translations(); }
    Result<void> drop_translations_to(GuestAddress start, std::uint64_t bytes);

    void set_ram_bytes(std::uint64_t bytes) { memory_.control.set_ram_bytes(bytes); }
    void set_tmp_limit_bytes(std::uint32_t bytes) { memory_.control.set_tmp_limit_bytes(bytes); }
    std::uint64_t guest_monotonic_ns() const { return clock_.now_ns(); }
    Exchange& exchange() { return memory_.exchange; }
    const Vcpu& vcpu() const { return vcpu_; }

private:
    struct Memory {
        ReadOnlyMemory read_only;
        ControlWriter control;  // over its first page
        Exchange exchange;

        Result<void> add(const Image& image);
    };
    static Result<Memory> make_memory(const MachineConfig& config, Exchange exchange);
    Machine(const MachineConfig& config, Memory memory, Vm vm, Slot read_only_slot, Vcpu vcpu, DeadlineTimer timer);
    void refuse_tampering(Stop& stop) const;
    Result<void> prepare_run(const RunRequest& request);
    void be_at(const CpuState& cpu, std::uint64_t monotonic_ns);
    std::uint64_t guest_deadline(std::uint64_t timeout_ns) const;

    GuestMemory ram_;
    // What the VM shows to the guest comes before it, so that it outlives the VM.
    Memory memory_;
    Vm vm_;
    PluggedRam plugged_ram_;
    Slot read_only_slot_;
    Vcpu vcpu_;
    DeadlineTimer timer_;
    GuestClock clock_;
    CpuState origin_;  // where reset_cpu() goes
    std::uint64_t origin_ns_ = 0;
    std::uint64_t tick_period_ns_ = 0;   // that the guest wants from its next run on
    bool is_at_origin_ = true;           // no instruction ran since
    bool exchange_needs_scrub_ = false;  // a run before the reset may have left something there
};

}  // namespace mayfly::vmm
