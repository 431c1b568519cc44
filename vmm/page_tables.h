// Builds the page tables a cold boot starts with, in guest RAM below the kernel.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "vmm/guest_memory.h"

namespace mayfly::vmm {

class BootPageTables {
public:
    // Tables are taken one page after the other from first up to limit; the PML4 is the first.
    static Result<BootPageTables> create(GuestMemory& memory, std::uint64_t first, std::uint64_t limit);

    std::uint64_t root() const { return root_; }

    // Map [address, address + bytes) to guest-physical memory from `physical`: by pages of 4 KiB or of
    // 2 MiB. All is readable, writable, executable and reachable at CPL 3.
    Result<void> map_pages(std::uint64_t address, std::uint64_t physical, std::uint64_t bytes);
    Result<void> map_large_pages(std::uint64_t address, std::uint64_t physical, std::uint64_t bytes);

private:
    enum class Leaf { page, large_page };

    BootPageTables(GuestMemory& memory, std::uint64_t root, std::uint64_t limit)
        : memory_(memory), root_(root), next_(root), limit_(limit) {}
    Result<std::uint64_t> new_table();
    // The guest-physical address of the entry that maps `address` at the leaf's level.
    Result<std::uint64_t> entry_for(std::uint64_t address, Leaf leaf);

    GuestMemory& memory_;
    std::uint64_t root_;
    std::uint64_t next_;
    std::uint64_t limit_;
};

}  // namespace mayfly::vmm
