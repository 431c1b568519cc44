#include "guest/time/tsc_clock.h"

#include <gmock/gmock.h>

namespace mayfly::guest {
namespace {

// 2.5 GHz: 0.4 ns a tick.
constexpr std::uint32_t kMult = 0x66666666;
constexpr std::uint32_t kShift = 32;

abi::ControlPage page_at(std::uint64_t generation, std::uint64_t tsc_base) {
    abi::ControlPage page{};
    page.generation = generation;
    page.tsc_base = tsc_base;
    page.tsc_mult = kMult;
    page.tsc_shift = kShift;
    page.monotonic_base_ns = 5'000;
    page.realtime_base_ns = 1'700'000'000'000'000'000;
    return page;
}

TEST(TscClock, ScalesTicksToNanoseconds) {
    const std::uint64_t ns = tsc_to_ns(1'000 + 2'500'000'000, 1'000, kMult, kShift);

    EXPECT_NEAR(static_cast<double>(ns), 1e9, 1.0);
}

TEST(TscClock, KeepsTheProductBeyond64Bits) {
    constexpr std::uint64_t year_of_ticks = 2'500'000'000ull * 86'400 * 365;

    const std::uint64_t ns = tsc_to_ns(year_of_ticks, 0, kMult, kShift);

    EXPECT_NEAR(static_cast<double>(ns), 1e9 * 86'400 * 365, 1e7);
}

TEST(TscClock, IsExactForEveryShift) {
    __extension__ using Wide = unsigned __int128;
    for (const std::uint32_t shift : {0u, 1u, 31u, 32u, 33u, 40u})
        for (const std::uint64_t ticks : {1ull, 0xffff'ffffull, 0x1'0000'0000ull, 0x1234'5678'9abcull}) {
            const std::uint32_t mult = shift == 0 ? 3 : 0xdead'beef >> (32 - (shift > 31 ? 31 : shift));
            EXPECT_EQ(tsc_to_ns(ticks, 0, mult, shift), static_cast<std::uint64_t>((Wide{ticks} * mult) >> shift));
        }
}

TEST(TscClock, StandsStillWhereTheTscIsBehindItsBase) { EXPECT_EQ(tsc_to_ns(999, 1'000, kMult, kShift), 0u); }

TEST(TscClock, AddsTheBaseOfTheClockAskedFor) {
    const abi::ControlPage page = page_at(1, 100);

    const auto monotonic = read_clock(page, TscClock::monotonic, [] { return 100ull; });
    const auto realtime = read_clock(page, TscClock::realtime, [] { return 100ull; });

    EXPECT_EQ(monotonic, 5'000u);
    EXPECT_EQ(realtime, 1'700'000'000'000'000'000u);
}

// The microVM is captured and restored between the TSC's reading and the result: an old base with a
// new TSC (or the reverse) would give a time out of order.
TEST(TscClock, ReadsAgainWhenAResumeCameInBetween) {
    abi::ControlPage page = page_at(1, 100);
    int reads = 0;

    const auto now = read_clock(page, TscClock::monotonic, [&] {
        if (++reads == 1) page = page_at(2, 1'000'000'000);
        return 1'000'000'000ull;
    });

    EXPECT_EQ(reads, 2);
    EXPECT_EQ(now, 5'000u);
}

}  // namespace
}  // namespace mayfly::guest
