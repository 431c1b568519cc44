// What a function may log a second, whatever its microVMs say.
#include "runtime/log_budget.h"

#include <gtest/gtest.h>

#include "abi/layout.h"

namespace mayfly::runtime {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kStart = 1000 * kSecond;

// Invocations at one time that log all they may: what they may together.
std::uint64_t flood(LogBudget& budget, std::uint64_t now_ns, int invocations) {
    std::uint64_t bytes = 0;
    for (int i = 0; i < invocations; ++i) bytes += budget.take(now_ns);
    return bytes;
}

TEST(LogBudget, LetsAnInvocationLogAll) {
    LogBudget budget;

    EXPECT_EQ(budget.take(kStart), abi::kLogBytes);
}

// hostile: F4 A20
TEST(LogBudget, BoundsAFloodAndLeavesEachInvocationItsTail) {
    LogBudget budget;

    EXPECT_LE(flood(budget, kStart, 100), LogBudget::kBurstBytes + 100 * LogBudget::kTailBytes);
    EXPECT_EQ(budget.take(kStart), LogBudget::kTailBytes);
}

TEST(LogBudget, FillsWithTime) {
    LogBudget budget;
    flood(budget, kStart, 16);

    budget.take(kStart);
    const std::uint64_t later = budget.take(kStart + kSecond / 100);

    EXPECT_NEAR(static_cast<double>(later), LogBudget::kBytesPerSecond / 100.0, 3 * LogBudget::kTailBytes);
}

TEST(LogBudget, IsFullAgainAfterALongTime) {
    LogBudget budget;
    flood(budget, kStart, 100'000);

    const std::uint64_t bytes = flood(budget, kStart + 1'000'000 * kSecond, 100);

    EXPECT_GE(bytes, LogBudget::kBurstBytes);
    EXPECT_LE(bytes, LogBudget::kBurstBytes + 100 * LogBudget::kTailBytes);
}

TEST(LogBudget, IsNotSpentByInvocationsThatDoNotLog) {
    LogBudget budget;

    for (int i = 0; i < 1000; ++i) budget.give_back(budget.take(kStart));

    EXPECT_EQ(budget.take(kStart), abi::kLogBytes);
    EXPECT_EQ(flood(budget, kStart, 15), 15 * abi::kLogBytes);
}

TEST(LogBudget, DoesNotRunBackwardsWithAClockThatAnotherThreadReadLater) {
    LogBudget budget;
    flood(budget, kStart + kSecond, 100);

    EXPECT_EQ(budget.take(kStart), LogBudget::kTailBytes);
}

}  // namespace
}  // namespace mayfly::runtime
