#include "vmm/page_tables.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "abi/layout.h"

namespace mayfly::vmm {
namespace {

constexpr std::uint64_t kFirst = 0x1000;
constexpr std::uint64_t kFlags = 0x67;  // present, writable, user, accessed, dirty

class Tables : public testing::Test {
protected:
    std::vector<std::byte> bytes_ = std::vector<std::byte>(1 << 20, std::byte{0xcc});
    GuestMemory memory_{bytes_};

    std::uint64_t entry(std::uint64_t table, std::uint64_t index) {
        memory_.begin_event();
        return memory_.read<std::uint64_t>(GuestAddress{table + 8 * index}).value();
    }
    // Walks as the processor does; fails the lookup where an entry's flags are not the expected ones.
    std::optional<std::uint64_t> translate(std::uint64_t address) {
        std::uint64_t table = kFirst;
        for (unsigned level = 3;; --level) {
            const std::uint64_t value = entry(table, (address >> (12 + 9 * level)) & 511);
            if ((value & 0x7f) != kFlags) return std::nullopt;
            const bool large = (value & 0x80) != 0;
            if (large && level != 1) return std::nullopt;
            const std::uint64_t span = 1ull << (12 + 9 * level);
            if (large || level == 0) return (value & 0x000f'ffff'ffff'f000) + (address & (span - 1));
            table = value & 0x000f'ffff'ffff'f000;
        }
    }
};

TEST_F(Tables, TranslateSmallPages) {
    auto tables = BootPageTables::create(memory_, kFirst, 0x80000).value();

    ASSERT_TRUE(tables.map_pages(abi::kKernelBase, 0x200000, 3 * 4096));

    EXPECT_EQ(tables.root(), kFirst);
    EXPECT_EQ(translate(abi::kKernelBase + 0x2abc), 0x202abcu);
    EXPECT_EQ(translate(abi::kKernelBase + 3 * 4096), std::nullopt);
}

TEST_F(Tables, TranslateLargePagesAcrossAGigabyte) {
    auto tables = BootPageTables::create(memory_, kFirst, 0x80000).value();

    ASSERT_TRUE(tables.map_large_pages(abi::kDirectMapBase, 0, 1100ull << 20));

    EXPECT_EQ(translate(abi::kDirectMapBase + 0x12345), 0x12345u);
    EXPECT_EQ(translate(abi::kDirectMapBase + (1099ull << 20) + 5), (1099ull << 20) + 5);
    EXPECT_EQ(translate(abi::kDirectMapBase + (1100ull << 20)), std::nullopt);
}

TEST_F(Tables, ShareTablesBetweenNeighbours) {
    auto tables = BootPageTables::create(memory_, kFirst, kFirst + 4 * 4096).value();

    EXPECT_TRUE(tables.map_pages(abi::kKernelBase, 0x200000, 4096));
    EXPECT_TRUE(tables.map_pages(abi::kKernelBase + 4096, 0x300000, 4096));

    EXPECT_EQ(translate(abi::kKernelBase + 4096), 0x300000u);
}

TEST_F(Tables, FailWhenTheirRoomIsUsedUp) {
    auto tables = BootPageTables::create(memory_, kFirst, kFirst + 3 * 4096).value();

    EXPECT_FALSE(tables.map_pages(abi::kKernelBase, 0x200000, 4096));
}

}  // namespace
}  // namespace mayfly::vmm
