#include "guest/thread/futex_table.h"

#include <gmock/gmock.h>

#include <vector>

namespace mayfly::guest {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr FutexKey kWord{nullptr, 0x1000};
constexpr FutexKey kOtherWord{nullptr, 0x1004};

// Notes the order in which waiters are woken.
class FakeWaiter final : public FutexWaiter {
public:
    FakeWaiter(std::vector<int>& log, int name, FutexKey key, u32 bitset = kAnyBitset)
        : FutexWaiter(key, bitset), log_(log), name_(name) {}

private:
    void wake() override { log_.push_back(name_); }

    std::vector<int>& log_;
    int name_;
};

class FutexTableTest : public ::testing::Test {
protected:
    FutexTable table_;
    std::vector<int> woken_;
    FakeWaiter a_{woken_, 1, kWord};
    FakeWaiter b_{woken_, 2, kWord};
    FakeWaiter other_{woken_, 3, kOtherWord};

    void SetUp() override {
        table_.add(a_);
        table_.add(b_);
        table_.add(other_);
    }
};

TEST_F(FutexTableTest, WakesTheLongestWaitingFirst) {
    const usize count = table_.wake(kWord, 1);

    EXPECT_EQ(count, 1u);
    EXPECT_THAT(woken_, ElementsAre(1));
    EXPECT_TRUE(a_.woken());
    EXPECT_FALSE(b_.woken());
}

TEST_F(FutexTableTest, WakesOnlyWaitersOfTheWord) {
    const usize count = table_.wake(kWord, 100);

    EXPECT_EQ(count, 2u);
    EXPECT_THAT(woken_, ElementsAre(1, 2));
    EXPECT_FALSE(other_.woken());
}

TEST_F(FutexTableTest, WakesNobodyTwice) {
    table_.wake(kWord, 100);

    EXPECT_EQ(table_.wake(kWord, 100), 0u);
}

TEST_F(FutexTableTest, WakesNobodyOfAnotherAddressSpace) {
    int space = 0;

    EXPECT_EQ(table_.wake({&space, kWord.address}, 100), 0u);
}

TEST_F(FutexTableTest, SkipsWaitersWhoseBitsetDoesNotMeet) {
    FakeWaiter odd(woken_, 4, kWord, 0b01);
    FakeWaiter even(woken_, 5, kWord, 0b10);
    table_.wake(kWord, 100);
    woken_.clear();
    table_.add(odd);
    table_.add(even);

    const usize count = table_.wake(kWord, 100, 0b10);

    EXPECT_EQ(count, 1u);
    EXPECT_THAT(woken_, ElementsAre(5));
}

TEST_F(FutexTableTest, ForgetsAWaiterThatEnds) {
    {
        FakeWaiter gone(woken_, 4, kOtherWord);
        table_.add(gone);
    }

    EXPECT_EQ(table_.wake(kOtherWord, 100), 1u);
    EXPECT_THAT(woken_, ElementsAre(3));
}

TEST_F(FutexTableTest, RequeueWakesSomeAndMovesTheRest) {
    FakeWaiter c(woken_, 4, kWord);
    table_.add(c);

    const usize count = table_.requeue(kWord, kOtherWord, 1, 1);

    EXPECT_EQ(count, 2u);
    EXPECT_THAT(woken_, ElementsAre(1));
    woken_.clear();
    table_.wake(kOtherWord, 100);
    EXPECT_THAT(woken_, ElementsAre(3, 2));
    woken_.clear();
    table_.wake(kWord, 100);
    EXPECT_THAT(woken_, ElementsAre(4));
}

TEST_F(FutexTableTest, RequeueToTheSameWordEnds) {
    const usize count = table_.requeue(kWord, kWord, 0, 100);

    EXPECT_EQ(count, 2u);
    EXPECT_THAT(woken_, IsEmpty());
    EXPECT_EQ(table_.wake(kWord, 100), 2u);
}

}  // namespace
}  // namespace mayfly::guest
