// decode_exit() over any content of the area that KVM shares: exit reasons, ports, offsets.
// hostile: A16 A22 A23 B1 B4 B18
#include <algorithm>
#include <array>
#include <cstring>

#include "fuzz/target.h"
#include "vmm/exit.h"

namespace {

// As KVM maps it: a kvm_run, with room for port data behind it.
struct alignas(kvm_run) Area {
    std::array<std::byte, 12288> bytes{};
};

}  // namespace

MF_FUZZ_TARGET(input) {
    static Area area;
    area.bytes.fill({});
    const auto port_data = input.take_bytes(16);
    std::copy(port_data.begin(), port_data.end(), area.bytes.begin() + 8192);
    const auto content = input.take_bytes(sizeof(kvm_run));
    std::copy(content.begin(), content.end(), area.bytes.begin());

    const mayfly::vmm::Exit exit = mayfly::vmm::decode_exit(area.bytes);

    if (const auto* bad = std::get_if<mayfly::vmm::BadExit>(&exit)) {
        MF_REQUIRE(!bad->reason.empty() && bad->reason.size() < 300);
        MF_REQUIRE(std::all_of(bad->reason.begin(), bad->reason.end(), [](char c) { return c >= ' ' && c <= '~'; }));
    }
}
