// Page tables as a hostile guest leaves them in its RAM: every entry, CR3 and lowest level.
// hostile: A6 F2
#include <algorithm>
#include <array>
#include <cstring>

#include "fuzz/target.h"
#include "snapshot/page_tables.h"

using namespace mayfly;

namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kFrames = 16;

struct Entry {
    std::uint8_t frame;
    std::uint16_t index;
    std::uint64_t value;
};

// Entries that point into the RAM are what it takes to get far: half of them do.
std::uint64_t value_of(const Entry& entry) {
    return (entry.index & 0x8000) != 0 ? entry.value : (entry.value & 0xf0ff) | 1;
}

}  // namespace

MF_FUZZ_TARGET(input) {
    static std::array<std::byte, kPage * kFrames> ram;
    ram.fill({});
    const auto cr3 = input.take<std::uint64_t>() >> (input.take<std::uint8_t>() & 63);
    const int lowest_level = 1 + (input.take<std::uint8_t>() & 1);
    while (!input.empty()) {
        const Entry entry{input.take<std::uint8_t>(), input.take<std::uint16_t>(), input.take<std::uint64_t>()};
        const std::uint64_t value = value_of(entry);
        std::memcpy(ram.data() + (entry.frame % kFrames) * kPage + (entry.index % 512) * 8, &value, sizeof value);
    }

    const auto frames = snapshot::find_page_table_frames(ram, cr3, lowest_level);

    MF_REQUIRE(std::is_sorted(frames.begin(), frames.end()));
    MF_REQUIRE(std::adjacent_find(frames.begin(), frames.end()) == frames.end());
    MF_REQUIRE(frames.empty() || frames.back() < kFrames);
    std::vector<std::uint64_t> changed;
    snapshot::find_changed_targets(ram.data(), ram.data() + kPage, changed);
    MF_REQUIRE(changed.empty() || !snapshot::is_same_page_table(ram.data(), ram.data() + kPage));
    if (snapshot::is_same_page_table(ram.data(), ram.data() + kPage))
        MF_REQUIRE(snapshot::keeps_present_entries(ram.data(), ram.data() + kPage));
}
