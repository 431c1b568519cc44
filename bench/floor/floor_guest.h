// A microVM of a few instructions, for `bench floor`: exits and page faults without a kernel around.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/error.h"
#include "base/mapping.h"
#include "vmm/cpu_state.h"
#include "vmm/kvm.h"
#include "vmm/vcpu.h"
#include "vmm/vm.h"

namespace mayfly::bench {

class FloorGuest {
public:
    static Result<std::unique_ptr<FloorGuest>> create(const vmm::Kvm& kvm);

    // Enters the guest and comes back, which is one exit; microseconds.
    Result<double> exit_once();
    // The time of the first write to a page whose host page is present; microseconds.
    Result<double> fault_once();

private:
    FloorGuest(Mapping ram, vmm::Vm vm, vmm::Vcpu vcpu)
        : ram_(std::move(ram)), vm_(std::move(vm)), vcpu_(std::move(vcpu)) {}
    void write_tables();
    Result<void> enter();
    Result<void> touch_pages();

    Mapping ram_;  // outlives the VM that shows it
    vmm::Vm vm_;
    vmm::Vcpu vcpu_;
    vmm::CpuState ready_;         // at the doorbell loop, no pages to touch
    std::vector<double> faults_;  // taken, not handed out yet
};

}  // namespace mayfly::bench
