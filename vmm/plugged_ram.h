// The RAM of one microVM that its guest sees. KVM keeps ten bytes for each page of a memory slot, and allocates and
// clears them when the slot is made: 2.5 KiB and 0.25 us for each MiB. So a guest begins with a part of its RAM, the
// lowest, and asks for more before it touches that; as with virtio-mem, what it has got is called plugged.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "vmm/control_writer.h"
#include "vmm/guest_memory.h"
#include "vmm/vm.h"

namespace mayfly::vmm {

class PluggedRam {
public:
    static constexpr std::uint64_t kFirstBytes = 64ull << 20;

    // Shows nothing yet. All three outlive it.
    PluggedRam(Vm& vm, ControlWriter& control, HostRange ram) : vm_(vm), control_(control), ram_(ram) {}

    // Plugs in as much as the guest had when it was captured, or what every guest begins with; never takes any away.
    Result<void> plug(std::uint64_t bytes);
    // Twice as much as before.
    Result<void> plug_more() { return plug(2 * bytes_); }

    std::uint64_t bytes() const { return bytes_; }
    bool is_complete() const { return bytes_ == ram_.bytes; }

private:
    Vm& vm_;
    ControlWriter& control_;
    HostRange ram_;
    std::uint64_t bytes_ = 0;
};

}  // namespace mayfly::vmm
