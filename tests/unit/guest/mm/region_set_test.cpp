#include "guest/mm/region_set.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace mayfly::guest {
namespace {

constexpr u64 kPage = kPageSize;

Region region(u64 start, u64 end, bool write = true) {
    Region made;
    made.start = start;
    made.end = end;
    made.protection = {.read = true, .write = write, .execute = false};
    return made;
}

TEST(RegionSet, FindsTheRegionThatHoldsAnAddress) {
    RegionSet set;
    ASSERT_TRUE(set.insert(region(2 * kPage, 4 * kPage)));

    EXPECT_EQ(set.find(2 * kPage - 1), nullptr);
    EXPECT_NE(set.find(2 * kPage), nullptr);
    EXPECT_NE(set.find(4 * kPage - 1), nullptr);
    EXPECT_EQ(set.find(4 * kPage), nullptr);
}

TEST(RegionSet, JoinsNeighboursThatContinueEachOther) {
    RegionSet set;
    ASSERT_TRUE(set.insert(region(1 * kPage, 2 * kPage)));
    ASSERT_TRUE(set.insert(region(3 * kPage, 4 * kPage)));

    ASSERT_TRUE(set.insert(region(2 * kPage, 3 * kPage)));

    ASSERT_EQ(set.regions().size(), 1u);
    EXPECT_EQ(set.regions()[0].start, kPage);
    EXPECT_EQ(set.regions()[0].end, 4 * kPage);
}

TEST(RegionSet, KeepsNeighboursWithOtherProtectionApart) {
    RegionSet set;
    ASSERT_TRUE(set.insert(region(1 * kPage, 2 * kPage, true)));

    ASSERT_TRUE(set.insert(region(2 * kPage, 3 * kPage, false)));

    EXPECT_EQ(set.regions().size(), 2u);
}

TEST(RegionSet, RemovingTheMiddleLeavesBothEnds) {
    RegionSet set;
    ASSERT_TRUE(set.insert(region(kPage, 10 * kPage)));

    ASSERT_TRUE(set.remove(4 * kPage, 6 * kPage));

    ASSERT_EQ(set.regions().size(), 2u);
    EXPECT_EQ(set.regions()[0].end, 4 * kPage);
    EXPECT_EQ(set.regions()[1].start, 6 * kPage);
}

TEST(RegionSet, CountsItsBytesAndTheMostThereEverWere) {
    RegionSet set;
    ASSERT_TRUE(set.insert(region(1 * kPage, 5 * kPage)));
    ASSERT_TRUE(set.protect(2 * kPage, 3 * kPage, {.read = true}));

    ASSERT_TRUE(set.remove(2 * kPage, 9 * kPage));
    ASSERT_TRUE(set.insert(region(2 * kPage, 3 * kPage)));

    EXPECT_EQ(set.bytes(), 2 * kPage);
    EXPECT_EQ(set.peak_bytes(), 4 * kPage);
}

TEST(RegionSet, FindsTheHighestGapBelowTheTop) {
    RegionSet set;
    ASSERT_TRUE(set.insert(region(90 * kPage, 100 * kPage)));
    ASSERT_TRUE(set.insert(region(80 * kPage, 88 * kPage)));

    EXPECT_EQ(set.find_gap(2 * kPage, kPage, 100 * kPage), 88 * kPage);
    EXPECT_EQ(set.find_gap(3 * kPage, kPage, 100 * kPage), 77 * kPage);
    EXPECT_EQ(set.find_gap(200 * kPage, kPage, 100 * kPage), 0u);
}

TEST(RegionSet, KnowsWhetherARangeIsCoveredWithoutAGap) {
    RegionSet set;
    ASSERT_TRUE(set.insert(region(1 * kPage, 3 * kPage, true)));
    ASSERT_TRUE(set.insert(region(3 * kPage, 5 * kPage, false)));
    ASSERT_TRUE(set.insert(region(6 * kPage, 7 * kPage)));

    EXPECT_TRUE(set.covers(1 * kPage, 5 * kPage));
    EXPECT_FALSE(set.covers(1 * kPage, 7 * kPage));
}

// Random inserts, removals and protections against a plain map of pages.
TEST(RegionSet, AgreesWithAMapOfPages) {
    constexpr u64 kPages = 64;
    std::mt19937 random(42);
    RegionSet set;
    std::map<u64, bool> model;  // page -> writable
    for (int step = 0; step < 5000; ++step) {
        const u64 first = 1 + random() % kPages;
        const u64 last = first + 1 + random() % 8;
        const bool write = random() % 2 == 0;
        const u64 start = first * kPage;
        const u64 end = last * kPage;
        const u64 action = random() % 3;
        if (action == 0 && set.is_free(start, end)) {
            ASSERT_TRUE(set.insert(region(start, end, write)));
            for (u64 page = first; page < last; ++page) model[page] = write;
        } else if (action == 1) {
            ASSERT_TRUE(set.remove(start, end));
            for (u64 page = first; page < last; ++page) model.erase(page);
        } else if (action == 2 && set.covers(start, end)) {
            ASSERT_TRUE(set.protect(start, end, {.read = true, .write = write, .execute = false}));
            for (u64 page = first; page < last; ++page) model[page] = write;
        }
        u64 previous_end = 0;
        for (const Region& one : set.regions()) {
            ASSERT_LT(one.start, one.end);
            ASSERT_GE(one.start, previous_end);
            previous_end = one.end;
        }
        for (u64 page = 0; page < kPages + 10; ++page) {
            const Region* found = set.find(page * kPage);
            ASSERT_EQ(found != nullptr, model.contains(page)) << "page " << page << " step " << step;
            if (found != nullptr) {
                ASSERT_EQ(found->protection.write, model[page]);
            }
        }
    }
}

}  // namespace
}  // namespace mayfly::guest
