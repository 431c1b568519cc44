// The control page, where the kernel sees it.
#pragma once

#include "abi/control_page.h"

namespace mayfly::guest {

inline const volatile abi::ControlPage& control_volatile() {
    // Mapped by the VMM's boot page tables at a fixed address.
    return *reinterpret_cast<const volatile abi::ControlPage*>(abi::kDirectMapBase + abi::kControlBase);
}
// Changes only while the guest does not run, but for `ticks` and `plugged_ram_bytes`.
inline const abi::ControlPage& control() {
    return *reinterpret_cast<const abi::ControlPage*>(abi::kDirectMapBase + abi::kControlBase);
}

}  // namespace mayfly::guest
