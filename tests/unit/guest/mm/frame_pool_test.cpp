#include "guest/mm/frame_pool.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

namespace mayfly::guest {
namespace {

TEST(FramePool, GivesEveryFrameOnceAndThenNone) {
    std::array<u32, 16> stack;
    FramePool pool;
    pool.initialize(10, 14, stack.data());

    std::set<u64> seen;
    for (int i = 0; i < 4; ++i) seen.insert(pool.allocate().number);

    EXPECT_EQ(seen, (std::set<u64>{10, 11, 12, 13}));
    EXPECT_EQ(pool.allocate().number, FramePool::kNone);
}

TEST(FramePool, SaysThatOnlyNeverUsedFramesAreZero) {
    std::array<u32, 16> stack;
    FramePool pool;
    pool.initialize(0, 4, stack.data());
    pool.add_stack_room(4);
    const auto first = pool.allocate();
    ASSERT_TRUE(pool.free(first.number));

    const auto again = pool.allocate();
    const auto fresh = pool.allocate();

    EXPECT_TRUE(first.zeroed);
    EXPECT_EQ(again.number, first.number);
    EXPECT_FALSE(again.zeroed);
    EXPECT_TRUE(fresh.zeroed);
}

TEST(FramePool, RefusesAFreedFrameWithoutRoomForIt) {
    std::array<u32, 1> stack;
    FramePool pool;
    pool.initialize(0, 4, stack.data());
    pool.add_stack_room(1);
    const auto a = pool.allocate();
    const auto b = pool.allocate();

    EXPECT_TRUE(pool.free(a.number));
    EXPECT_FALSE(pool.free(b.number));
}

TEST(FramePool, CountsWhatIsFreeAndTheMostThatWasUsed) {
    std::array<u32, 8> stack;
    FramePool pool;
    pool.initialize(0, 8, stack.data());
    pool.add_stack_room(8);
    const auto a = pool.allocate();
    (void)pool.allocate();
    ASSERT_TRUE(pool.free(a.number));

    EXPECT_EQ(pool.free_count(), 7u);
    EXPECT_EQ(pool.peak_used(), 2u);
}

TEST(FramePool, HandsOutParkedFramesLast) {
    std::array<u32, 8> stack;
    FramePool pool;
    pool.initialize(0, 6, stack.data());
    pool.add_stack_room(8);
    for (int i = 0; i < 5; ++i) (void)pool.allocate();
    ASSERT_TRUE(pool.free(0));
    pool.park_free();
    ASSERT_TRUE(pool.free(1));
    ASSERT_TRUE(pool.free(2));
    ASSERT_TRUE(pool.park(3));

    std::array<u64, 6> order{};
    for (u64& number : order) number = pool.allocate().number;

    EXPECT_EQ((std::set<u64>{order[0], order[1]}), (std::set<u64>{1, 2}));
    EXPECT_EQ(order[2], 5u);  // never used so far
    EXPECT_EQ((std::set<u64>{order[3], order[4]}), (std::set<u64>{0, 3}));
    EXPECT_EQ(order[5], FramePool::kNone);
}

TEST(FramePool, FreesAfterParkedFramesWereUsedUp) {
    std::array<u32, 8> stack;
    FramePool pool;
    pool.initialize(0, 2, stack.data());
    pool.add_stack_room(8);
    (void)pool.allocate();
    (void)pool.allocate();
    ASSERT_TRUE(pool.park(0));
    ASSERT_EQ(pool.allocate().number, 0u);

    ASSERT_TRUE(pool.free(1));

    EXPECT_EQ(pool.allocate().number, 1u);
    EXPECT_EQ(pool.allocate().number, FramePool::kNone);
}

TEST(FramePool, GrowsAtTheEnd) {
    std::array<u32, 8> stack;
    FramePool pool;
    pool.initialize(0, 1, stack.data());
    (void)pool.allocate();

    pool.extend(2);

    EXPECT_EQ(pool.allocate().number, 1u);
}

}  // namespace
}  // namespace mayfly::guest
