#include "vmm/page_tables.h"

#include <array>

#include "abi/layout.h"

namespace mayfly::vmm {
namespace {

// Intel SDM volume 3, section 4.5. Accessed and Dirty are set at once, so that neither the processor
// nor KVM has to write to the tables later.
constexpr std::uint64_t kPresent = 1u << 0;
constexpr std::uint64_t kWritable = 1u << 1;
constexpr std::uint64_t kUser = 1u << 2;
constexpr std::uint64_t kAccessed = 1u << 5;
constexpr std::uint64_t kDirty = 1u << 6;
constexpr std::uint64_t kLarge = 1u << 7;
constexpr std::uint64_t kTable = kPresent | kWritable | kUser | kAccessed | kDirty;
constexpr std::uint64_t kAddressMask = 0x000f'ffff'ffff'f000;

constexpr unsigned kTopLevel = 3;
constexpr std::uint64_t index_at(std::uint64_t address, unsigned level) { return (address >> (12 + 9 * level)) & 511; }

}  // namespace

Result<BootPageTables> BootPageTables::create(GuestMemory& memory, std::uint64_t first, std::uint64_t limit) {
    BootPageTables tables{memory, first, limit};
    MF_TRY(tables.new_table());
    return tables;
}

Result<void> BootPageTables::map_pages(std::uint64_t address, std::uint64_t physical, std::uint64_t bytes) {
    for (std::uint64_t offset = 0; offset < bytes; offset += abi::kPageSize) {
        const std::uint64_t entry = MF_TRY(entry_for(address + offset, Leaf::page));
        MF_TRY(memory_.write(GuestAddress{entry}, (physical + offset) | kTable));
    }
    return {};
}

Result<void> BootPageTables::map_large_pages(std::uint64_t address, std::uint64_t physical, std::uint64_t bytes) {
    for (std::uint64_t offset = 0; offset < bytes; offset += abi::kLargePageSize) {
        const std::uint64_t entry = MF_TRY(entry_for(address + offset, Leaf::large_page));
        MF_TRY(memory_.write(GuestAddress{entry}, (physical + offset) | kTable | kLarge));
    }
    return {};
}

Result<std::uint64_t> BootPageTables::new_table() {
    if (next_ + abi::kPageSize > limit_) return fail(ErrorCode::internal, "no room for boot page tables");
    const std::uint64_t table = next_;
    MF_TRY(memory_.write(GuestAddress{table}, std::array<std::byte, abi::kPageSize>{}));
    next_ += abi::kPageSize;
    return table;
}

Result<std::uint64_t> BootPageTables::entry_for(std::uint64_t address, Leaf leaf) {
    const unsigned leaf_level = leaf == Leaf::page ? 0 : 1;
    std::uint64_t table = root_;
    memory_.begin_event();  // before the guest's first, so what is read here is our own
    for (unsigned level = kTopLevel; level > leaf_level; --level) {
        const GuestAddress entry{table + 8 * index_at(address, level)};
        auto value = MF_TRY(memory_.read<std::uint64_t>(entry));
        if ((value & kPresent) == 0) {
            value = MF_TRY(new_table()) | kTable;
            MF_TRY(memory_.write(entry, value));
        }
        table = value & kAddressMask;
    }
    return table + 8 * index_at(address, leaf_level);
}

}  // namespace mayfly::vmm
