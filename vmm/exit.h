// Why KVM_RUN came back, as far as a microVM can tell.
#pragma once

#include <linux/kvm.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <variant>

namespace mayfly::vmm {

struct DoorbellRing {
    std::uint32_t operation;
};
struct Interrupted {};  // a signal arrived: something is due
struct BadExit {
    std::string reason;
};  // the guest did what no guest may: ends the microVM

using Exit = std::variant<DoorbellRing, Interrupted, BadExit>;

// shared is the vCPU's kvm_run area, in which port data lies.
Exit decode_exit(std::span<const std::byte> shared);

}  // namespace mayfly::vmm
