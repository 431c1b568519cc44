// Memory the host's kernel uses for itself.
#pragma once

#include <cstdint>

namespace mayfly::bench {

struct KernelMemory {
    std::uint64_t used_bytes = 0;       // slabs, stacks, page tables (KVM's included), per-CPU memory
    std::uint64_t available_bytes = 0;  // what the kernel thinks it could still give to programs
};

KernelMemory kernel_memory();

}  // namespace mayfly::bench
