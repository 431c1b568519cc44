// The ELF loader of the VMM.
// hostile: D11
#include <algorithm>
#include <array>
#include <vector>

#include "abi/layout.h"
#include "fuzz/target.h"
#include "vmm/kernel_loader.h"

using namespace mayfly;

MF_FUZZ_TARGET(input) {
    static std::vector<std::byte> ram(4u << 20);
    // Whatever the last input left where a kernel begins.
    std::fill_n(ram.begin() + abi::kKernelPhysicalBase, 2 * abi::kPageSize, std::byte{0});
    std::array<std::uint64_t, 2> windows{abi::kPageSize, input.take<std::uint32_t>()};
    const std::size_t window_count = input.take<std::uint8_t>() % 3;
    vmm::GuestMemory memory{ram};

    const auto state = vmm::load_kernel(memory, input.rest(), std::span(windows).first(window_count));

    if (state) MF_REQUIRE(state->cr3 != 0 && state->cr3 < ram.size());
}
