// The ELF loader of the VMM.
// hostile: D11
#include <algorithm>
#include <array>
#include <vector>

#include "abi/kernel_header.h"
#include "abi/layout.h"
#include "fuzz/target.h"
#include "vmm/kernel_loader.h"

using namespace mayfly;

namespace {

// The seeds stay good when the ABI's version changes.
void set_abi_version(std::vector<std::byte>& file) {
    const auto magic = std::as_bytes(std::span(&abi::kKernelMagic, 1));
    const auto found = std::search(file.begin(), file.end(), magic.begin(), magic.end());
    const auto version = std::as_bytes(std::span(&abi::kVersion, 1));
    if (file.end() - found >= static_cast<std::ptrdiff_t>(magic.size() + version.size()))
        std::copy(version.begin(), version.end(), found + static_cast<std::ptrdiff_t>(magic.size()));
}

}  // namespace

MF_FUZZ_TARGET(input) {
    static std::vector<std::byte> ram(4u << 20);
    // Whatever the last input left where a kernel begins.
    std::fill_n(ram.begin() + abi::kKernelPhysicalBase, 2 * abi::kPageSize, std::byte{0});
    std::array<std::uint64_t, 2> windows{abi::kPageSize, input.take<std::uint32_t>()};
    const auto choices = input.take<std::uint8_t>();
    const std::size_t window_count = choices % 3;
    std::vector<std::byte> file(input.rest().begin(), input.rest().end());
    if ((choices & 0x80) == 0) set_abi_version(file);
    vmm::GuestMemory memory{ram};

    const auto state = vmm::load_kernel(memory, file, std::span(windows).first(window_count));

    if (!state) return;
    MF_REQUIRE(state->cr3 != 0 && state->cr3 < ram.size());
    const vmm::GuestAddress root{state->cr3};
    std::array<std::byte, abi::kPageSize> page;
    MF_REQUIRE(memory.copy_out(root, page) && memory.where(root, page.size()));
    MF_REQUIRE(*memory.read<std::byte>(root) == page.front());
    MF_REQUIRE(!memory.copy_out(vmm::GuestAddress{ram.size() - 1}, page));
}
