// KVM as a script: the real machine, vCPU and run loop, with KVM_RUN answered from the input of a fuzz target. What
// "the guest" does before each exit comes from there too: what it writes to the exchange area, which exit it takes,
// how time passes. Linked with --wrap=ioctl, clock_gettime, ppoll and timer_settime (CMakeLists.txt); calls outside of
// play() are the real ones, except of the descriptors made here.
#pragma once

#include <cstdint>

#include "abi/doorbell.h"
#include "base/unique_fd.h"
#include "fuzz/input.h"

namespace mayfly::fuzz {

// What vmm::Kvm::adopt() takes for /dev/kvm.
UniqueFd fake_kvm_device();

// While it exists, KVM_RUN takes its exits from the script and CLOCK_MONOTONIC is the script's. A script that is
// over fails KVM_RUN with EIO.
class Play {
public:
    explicit Play(Input& script);
    ~Play();
    Play(const Play&) = delete;
    Play& operator=(const Play&) = delete;

    // The mailbox as the guest left it at the last exit.
    const abi::Mailbox& mailbox() const;
};

}  // namespace mayfly::fuzz
