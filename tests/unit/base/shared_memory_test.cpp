#include "base/shared_memory.h"

#include <gtest/gtest.h>

#include <array>

namespace mayfly {
namespace {

class Shared : public testing::Test {
protected:
    Shared() {
        for (std::size_t i = 0; i < bytes_.size(); ++i) bytes_[i] = static_cast<std::byte>(i);
    }

    std::array<std::byte, 64> bytes_{};
    SharedMemory memory_{std::span(bytes_)};
};

TEST_F(Shared, GivesCopiesThatLaterWritesDoNotChange) {
    const auto word = memory_.load<std::uint32_t>(4);
    const std::string text = memory_.copy_text(40, 2);
    const auto piece = memory_.copy(60, 4);

    bytes_.fill(std::byte{0});

    EXPECT_EQ(word, 0x07060504u);
    EXPECT_EQ(text, "()");
    EXPECT_EQ(piece.front(), std::byte{60});
    EXPECT_EQ(piece.size(), 4u);
}

TEST_F(Shared, TakesWhatIsStored) {
    memory_.store(62, std::uint16_t{0x1234});
    memory_.zero(0, 2);

    EXPECT_EQ(bytes_[63], std::byte{0x12});
    EXPECT_EQ(bytes_[1], std::byte{0});
    EXPECT_EQ(bytes_[2], std::byte{2});
}

// hostile: A3 A4 A5
TEST_F(Shared, TouchesNothingOutside) {
    for (const std::uint64_t offset : {61ul, 64ul, 65ul, 1ul << 31, ~0ul - 3, ~0ul}) {
        EXPECT_EQ(memory_.load<std::uint32_t>(offset), 0u) << offset;
        EXPECT_TRUE(memory_.copy(offset, 4).empty()) << offset;
        EXPECT_TRUE(memory_.copy_text(offset, 4).empty()) << offset;
        memory_.store(offset, ~0u);
        memory_.zero(offset, 4);
    }
    EXPECT_TRUE(memory_.copy(1, ~0ull).empty());
    EXPECT_EQ(bytes_[63], std::byte{63});
}

// The build that shows that nothing is looked at twice (MAYFLY_FLIP_ON_READ): there it would be seen.
// hostile: A1
TEST_F(Shared, ASecondLookInOneEventIsSeenByTheBuildThatFlips) {
    const auto first = memory_.load<std::uint32_t>(4);
    const auto again = memory_.copy(6, 4);  // its first half was read
    memory_.begin_event();
    const auto later = memory_.load<std::uint32_t>(4);

    EXPECT_EQ(again[0] != std::byte{6}, SharedMemory::kFlipsOnRead);
    EXPECT_EQ(again[2], std::byte{8});
    EXPECT_EQ(later, first);
}

}  // namespace
}  // namespace mayfly
