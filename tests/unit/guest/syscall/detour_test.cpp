#include "guest/syscall/detour.h"

#include <gtest/gtest.h>

#include <vector>

namespace mayfly::guest {
namespace {

// Code in three parts: the gap before a function, the function with its SYSCALL (0f 05), the gap behind.
struct Program {
    std::vector<u8> before, function, behind;

    std::optional<Detour> plan() const {
        std::vector<u8> code = before;
        code.insert(code.end(), function.begin(), function.end());
        code.insert(code.end(), behind.begin(), behind.end());
        usize at = 0;
        while (function[at] != 0x0f || function[at + 1] != 0x05) ++at;
        return plan_detour({code, before.size(), before.size() + function.size(), before.size() + at});
    }
};

const std::vector<u8> kNops = {0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0};

TEST(Detour, TakesThePlaceOfTheLoadOfTheNumber) {
    const auto detour = Program{{}, {0xb8, 0x27, 0, 0, 0, 0x0f, 0x05, 0xc3}, {}}.plan();

    ASSERT_TRUE(detour);
    EXPECT_EQ(detour->start, 0u);
    EXPECT_FALSE(detour->gap);
}

TEST(Detour, TakesTheNearestInstructionWithRoomForAJump) {
    // mov 0x10(%rsp),%rsi; mov %eax,%r8d; mov 8(%rsp),%edi; xor %eax,%eax; syscall
    const auto detour = Program{
        {},
        {0x48, 0x8b, 0x74, 0x24, 0x10, 0x41, 0x89, 0xc0, 0x8b, 0x7c, 0x24, 0x08, 0x31, 0xc0, 0x0f, 0x05, 0xc3},
        {}}.plan();

    ASSERT_TRUE(detour);
    EXPECT_EQ(detour->start, 0u);
}

TEST(Detour, GoesThroughAGapWhereThereIsNoRoom) {
    const std::vector<u8> function = {0x74, 0x04, 0x31, 0xc0, 0x0f, 0x05, 0xc3};  // je; xor %eax,%eax; syscall

    const auto behind = Program{{}, function, kNops}.plan();
    const auto before = Program{kNops, function, {}}.plan();

    ASSERT_TRUE(behind && before);
    EXPECT_EQ(behind->start, 2u);
    EXPECT_EQ(behind->gap, std::optional<usize>{12});
    EXPECT_EQ(before->start, 12u);
    EXPECT_EQ(before->gap, std::optional<usize>{5});
    EXPECT_FALSE((Program{{}, function, {0x90, 0x90, 0x90, 0x90}}.plan())) << "four bytes are no room";
    EXPECT_FALSE((Program{{}, function, {0x90, 0x90, 0x90, 0x90, 0xc3}}.plan())) << "code that nobody spoke of";
}

TEST(Detour, AGapTooFarAwayIsNone) {
    std::vector<u8> function = {0x31, 0xc0, 0x0f, 0x05};
    function.resize(200, 0x90);

    EXPECT_FALSE((Program{{}, function, kNops}.plan()));
}

TEST(Detour, WhatOnlyLooksLikeAnInstructionStays) {
    EXPECT_FALSE((Program{{}, {0x8d, 0xb8, 0x27, 0, 0, 0, 0xeb, 0x00, 0x0f, 0x05}, {}}.plan())) << "a jump between";
    // movl $0x27,-0x48(%rbp): its last five bytes read mov $0x27,%eax.
    const auto store = Program{{}, {0xc7, 0x45, 0xb8, 0x27, 0, 0, 0, 0x0f, 0x05}, {}}.plan();
    ASSERT_TRUE(store);
    EXPECT_EQ(store->start, 0u);
}

TEST(Detour, WhatDependsOnItsAddressStays) {
    EXPECT_FALSE((Program{{}, {0x8b, 0x05, 1, 2, 3, 4, 0x0f, 0x05}, {}}.plan())) << "mov x(%rip),%eax";
    EXPECT_FALSE((Program{{}, {0xe8, 1, 2, 3, 4, 0x0f, 0x05}, {}}.plan())) << "call";
}

TEST(Detour, UnknownCodeInTheFunctionRefuses) {
    EXPECT_FALSE((Program{{}, {0x06, 0xb8, 0x27, 0, 0, 0, 0x0f, 0x05}, {}}.plan()));
    EXPECT_FALSE((Program{{}, {0xb8, 0x27, 0, 0, 0, 0x66, 0x90, 0x48, 0x0f, 0x05}, {}}.plan()));
}

}  // namespace
}  // namespace mayfly::guest
