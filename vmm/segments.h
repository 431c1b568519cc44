// The segments of a microVM: flat, CPL 3, as abi/kernel_header.h numbers them.
#pragma once

#include <linux/kvm.h>

#include "abi/kernel_header.h"

namespace mayfly::vmm {

// Types: Intel SDM volume 3, tables 3-1 and 3-2. 11: execute/read, accessed; 3: read/write, accessed;
// for system segments 11: busy 64-bit TSS.
constexpr kvm_segment user_code_segment() {
    kvm_segment segment{};
    segment.limit = 0xffff'ffff;
    segment.selector = abi::kUserCs;
    segment.type = 11;
    segment.present = 1;
    segment.dpl = 3;
    segment.s = 1;
    segment.l = 1;
    segment.g = 1;
    return segment;
}

constexpr kvm_segment user_data_segment(std::uint64_t base = 0) {
    kvm_segment segment{};
    segment.base = base;
    segment.limit = 0xffff'ffff;
    segment.selector = abi::kUserSs;
    segment.type = 3;
    segment.present = 1;
    segment.dpl = 3;
    segment.db = 1;
    segment.s = 1;
    segment.g = 1;
    return segment;
}

constexpr kvm_segment task_segment(std::uint64_t base) {
    kvm_segment segment{};
    segment.base = base;
    segment.limit = abi::kTssBytes - 1;
    segment.selector = abi::kTssSelector;
    segment.type = 11;
    segment.present = 1;
    return segment;
}

constexpr kvm_segment no_segment() {
    kvm_segment segment{};
    segment.unusable = 1;
    return segment;
}

}  // namespace mayfly::vmm
