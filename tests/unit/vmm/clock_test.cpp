#include "vmm/clock.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/monotonic_clock.h"

namespace mayfly::vmm {
namespace {

class Scale : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Scale, IsRightToAPartInABillionOverADay) {
    const std::uint64_t khz = GetParam();
    const TscScale scale = TscScale::of_khz(khz);
    const std::uint64_t day_ticks = khz * 1000 * 86'400;

    const std::uint64_t day_ns = scale.to_ns(day_ticks);

    constexpr std::uint64_t kDayNs = 86'400ull * 1'000'000'000;
    EXPECT_LE(day_ns, kDayNs);
    EXPECT_GE(day_ns, kDayNs - kDayNs / 1'000'000'000 - 1);
}

INSTANTIATE_TEST_SUITE_P(Frequencies, Scale,
                         testing::Values(1'000'000u, 2'450'000u, 3'693'061u, 5'000'000u, 24'000u, 999u));

TEST(MeasuredFrequency, IsThatOfTheCounter) {
    const TscScale scale = TscScale::of_khz(measure_tsc_khz());
    // The median: this thread may lose its processor between two readings here.
    std::array<double, 5> ratios{};
    for (double& ratio : ratios) {
        const std::uint64_t start_ns = monotonic_ns();
        const std::uint64_t start_tsc = read_tsc();
        ::usleep(20'000);
        const auto by_tsc = static_cast<double>(scale.to_ns(read_tsc() - start_tsc));
        ratio = by_tsc / static_cast<double>(monotonic_ns() - start_ns);
    }
    std::nth_element(ratios.begin(), ratios.begin() + 2, ratios.end());
    EXPECT_NEAR(ratios[2], 1.0, 0.01);
}

TEST(GuestClock, StartsWhereItIsToldAndNeverGoesBack) {
    GuestClock clock(2'000'000);

    clock.start_at(5'000'000'000);
    const std::uint64_t first = clock.now_ns();
    clock.rebase();
    const std::uint64_t second = clock.now_ns();

    EXPECT_GE(first, 5'000'000'000u);
    EXPECT_LT(first, 6'000'000'000u);
    EXPECT_GE(second, first);
    EXPECT_GE(clock.base_ns(), first);
}

}  // namespace
}  // namespace mayfly::vmm
