#include "bench/report/samples.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace mayfly::bench {
namespace {

TEST(Percentiles, AreSamplesByTheNearestRank) {
    std::vector<double> samples(1000);
    std::iota(samples.begin(), samples.end(), 1.0);
    std::reverse(samples.begin(), samples.end());

    const Percentiles of = percentiles(samples);

    EXPECT_EQ(of.p50, 500);
    EXPECT_EQ(of.p90, 900);
    EXPECT_EQ(of.p99, 990);
    EXPECT_EQ(of.p999, 999);
    EXPECT_EQ(of.max, 1000);
}

TEST(Percentiles, KeepTheOneSlowSample) {
    std::vector<double> samples(99, 1.0);
    samples.push_back(5000);

    EXPECT_EQ(percentiles(samples).max, 5000);
    EXPECT_EQ(percentiles(samples).p50, 1);
}

TEST(Percentiles, OfCountsReadTheirCounter) {
    std::vector<Counts> counts(3);
    counts[0].exits = 1;
    counts[1].exits = 7;
    counts[2].exits = 2;

    EXPECT_EQ(percentiles(counts, kCounters[0]).p50, 2);
    EXPECT_EQ(percentiles(counts, kCounters[0]).max, 7);
}

TEST(Counters, HaveNamesOfTheirOwn) {
    for (const Counter& one : kCounters)
        EXPECT_EQ(std::count_if(kCounters.begin(), kCounters.end(),
                                [&](const Counter& other) { return other.name == one.name; }),
                  1)
            << one.name;
}

}  // namespace
}  // namespace mayfly::bench
