// Puts the guest kernel into RAM for a cold boot: image, boot page tables, first registers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/error.h"
#include "vmm/cpu_state.h"
#include "vmm/guest_memory.h"

namespace mayfly::vmm {

// Loads an ELF file linked at abi::kKernelBase. window_bytes are the sizes of the image windows, in order.
// The state starts the kernel at its entry, CPL 3, interrupts enabled.
Result<CpuState> load_kernel(GuestMemory& memory, std::span<const std::byte> elf,
                             std::span<const std::uint64_t> window_bytes);

}  // namespace mayfly::vmm
