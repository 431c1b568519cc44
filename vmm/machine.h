// One microVM, whole: VM, vCPU, memory slots, control page, exchange area, clock and timer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/mapping.h"
#include "vmm/clock.h"
#include "vmm/control_writer.h"
#include "vmm/cpu_state.h"
#include "vmm/cpuid.h"
#include "vmm/deadline.h"
#include "vmm/exchange.h"
#include "vmm/run_loop.h"
#include "vmm/vcpu.h"
#include "vmm/vm.h"

namespace mayfly::vmm {

class Kvm;

// A read-only image, mapped from its file.
class Window {
public:
    static Result<Window> map(const UniqueFd& image, std::uint64_t bytes, std::string mount_path);

    std::uint64_t bytes() const { return bytes_; }
    const std::string& mount_path() const { return mount_path_; }
    std::span<std::byte> memory() const { return mapping_.bytes(); }

private:
    Window(Mapping mapping, std::uint64_t bytes, std::string mount_path)
        : mapping_(std::move(mapping)), bytes_(bytes), mount_path_(std::move(mount_path)) {}

    Mapping mapping_;  // whole pages
    std::uint64_t bytes_;
    std::string mount_path_;
};

struct MachineConfig {
    std::span<std::byte> ram;  // outlives the machine
    std::uint32_t flags = 0;   // abi::ControlFlags
    std::uint32_t tmp_limit_bytes = 0;
    const Cpuid* supported = nullptr;  // KVM's answer, if it is known already; needed during create() only
};

class Machine {
public:
    // On the thread that will run the vCPU.
    static Result<std::unique_ptr<Machine>> create(const Kvm& kvm, const MachineConfig& config, Exchange exchange);

    Result<void> add_window(Window window);

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

    void set_ram_bytes(std::uint64_t bytes) { control_.set_ram_bytes(bytes); }
    void set_tmp_limit_bytes(std::uint32_t bytes) { control_.set_tmp_limit_bytes(bytes); }
    std::uint64_t guest_monotonic_ns() const { return clock_.now_ns(); }
    Exchange& exchange() { return exchange_; }
    const Vcpu& vcpu() const { return vcpu_; }

private:
    Machine(const MachineConfig& config, Vm vm, Vcpu vcpu, ControlWriter control, Exchange exchange,
            DeadlineTimer timer);
    void refuse_tampering(Stop& stop) const;
    Result<void> prepare_run(const RunRequest& request);
    void be_at(const CpuState& cpu, std::uint64_t monotonic_ns);
    std::uint64_t guest_deadline(std::uint64_t timeout_ns) const;

    GuestMemory ram_;
    // What the VM shows to the guest comes before it, so that it outlives the VM.
    ControlWriter control_;
    Exchange exchange_;
    std::vector<Window> windows_;
    Vm vm_;
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
