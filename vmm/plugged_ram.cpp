#include "vmm/plugged_ram.h"

#include <algorithm>

#include "abi/layout.h"

namespace mayfly::vmm {

Result<void> PluggedRam::plug(std::uint64_t bytes) {
    const std::uint64_t whole_pages = std::max(bytes, kFirstBytes) / abi::kLargePageSize * abi::kLargePageSize;
    const std::uint64_t wanted = std::min(whole_pages, ram_.bytes);
    if (wanted <= bytes_) return {};
    MF_TRY(vm_.add_slot(GuestAddress{abi::kRamBase + bytes_}, {ram_.address + bytes_, wanted - bytes_},
                        SlotAccess::read_write));
    bytes_ = wanted;
    control_.set_plugged_ram_bytes(bytes_);
    return {};
}

}  // namespace mayfly::vmm
