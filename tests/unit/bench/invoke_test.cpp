#include <gtest/gtest.h>

#include <algorithm>

#include "bench/invoke/churn.h"
#include "bench/invoke/open_loop.h"

namespace mayfly::bench {
namespace {

LoadLevel level(double load, double latency) {
    LoadLevel made;
    made.load = load;
    made.latency.samples.assign(10, latency);
    return made;
}

TEST(Knee, IsTheLastLoadBeforeLatencyTriples) {
    EXPECT_EQ(knee_of({level(0.1, 100), level(0.5, 200), level(0.75, 300), level(0.9, 301), level(1.0, 100)}), 0.75);
}

TEST(Knee, IsTheHighestLoadWhenNothingWaits) { EXPECT_EQ(knee_of({level(0.1, 100), level(1.2, 100)}), 1.2); }

TEST(PoissonArrivals, KeepTheirRateAndComeAtIrregularTimes) {
    const std::vector<double> arrivals = poisson_arrivals(1000, 20'000, 7);

    EXPECT_TRUE(std::is_sorted(arrivals.begin(), arrivals.end()));
    EXPECT_NEAR(arrivals.back() / 20'000, 1000, 30);  // microseconds between two, in the mean
    // Of an exponential distribution the share 1 - 1/e is shorter than the mean.
    std::size_t shorter = arrivals.front() < 1000 ? 1 : 0;
    for (std::size_t index = 1; index < arrivals.size(); ++index)
        if (arrivals[index] - arrivals[index - 1] < 1000) ++shorter;
    EXPECT_NEAR(static_cast<double>(shorter) / 20'000, 0.632, 0.02);
}

TEST(PoissonArrivals, AreTheSameForTheSameSeed) {
    EXPECT_EQ(poisson_arrivals(50, 100, 3), poisson_arrivals(50, 100, 3));
    EXPECT_NE(poisson_arrivals(50, 100, 3), poisson_arrivals(50, 100, 4));
}

TEST(ZipfSequence, AsksForTheFirstTwiceAsOftenAsForTheSecond) {
    const std::vector<std::size_t> sequence = zipf_sequence(200, 100'000, 1);

    const auto first = std::count(sequence.begin(), sequence.end(), 0u);
    const auto second = std::count(sequence.begin(), sequence.end(), 1u);

    EXPECT_NEAR(static_cast<double>(first) / static_cast<double>(second), 2, 0.1);
    EXPECT_EQ(*std::max_element(sequence.begin(), sequence.end()), 199u);
}

}  // namespace
}  // namespace mayfly::bench
