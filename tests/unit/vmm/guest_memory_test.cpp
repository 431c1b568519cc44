#include "vmm/guest_memory.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace mayfly::vmm {
namespace {

class Ram : public testing::Test {
protected:
    std::vector<std::byte> bytes_ = std::vector<std::byte>(8192);
    GuestMemory memory_{bytes_};
};

TEST_F(Ram, GivesBackWhatWasWritten) {
    ASSERT_TRUE(memory_.write(GuestAddress{4090}, std::uint32_t{0x12345678}));

    const auto read = memory_.read<std::uint32_t>(GuestAddress{4090});

    ASSERT_TRUE(read);
    EXPECT_EQ(*read, 0x12345678u);
}

TEST_F(Ram, HoldsTheLastByte) {
    EXPECT_TRUE(memory_.read<std::uint8_t>(GuestAddress{8191}));
    EXPECT_FALSE(memory_.read<std::uint8_t>(GuestAddress{8192}));
}

TEST_F(Ram, RefusesAnObjectThatBeginsInsideAndEndsOutside) {
    EXPECT_FALSE(memory_.read<std::uint32_t>(GuestAddress{8190}));
    EXPECT_FALSE(memory_.write(GuestAddress{8190}, std::uint32_t{1}));
}

TEST_F(Ram, RefusesAnAddressThatWrapsAround) {
    EXPECT_FALSE(memory_.read<std::uint32_t>(GuestAddress{~0ull}));
    EXPECT_FALSE(memory_.read<std::uint32_t>(GuestAddress{~0ull - 3}));
}

TEST_F(Ram, RefusesACopyLargerThanItself) {
    std::vector<std::byte> large(8193);

    EXPECT_FALSE(memory_.copy_in(GuestAddress{0}, large));
    EXPECT_FALSE(memory_.copy_out(GuestAddress{0}, large));
}

TEST_F(Ram, CopiesNothingAtItsEnd) {
    EXPECT_TRUE(memory_.copy_in(GuestAddress{8192}, {}));
    EXPECT_FALSE(memory_.copy_in(GuestAddress{8193}, {}));
}

}  // namespace
}  // namespace mayfly::vmm
