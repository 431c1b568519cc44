#include "microvm/table_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "tests/unit/snapshot/memory_file.h"

namespace mayfly::microvm {
namespace {

using snapshot::test::byte_of_page;
using snapshot::test::kMiB;
using snapshot::test::kPage;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Four levels of tables in frames 1 to 4; the lowest has a page at its entries 0 and 1.
class Watch : public ::testing::Test {
protected:
    Watch() {
        if (::ftruncate(file_.get(), 4 * kPage) != 0) std::abort();
        for (std::uint64_t level = 0; level < 3; ++level) set_entry(file_.get(), level, 0, (level + 2) * kPage | 0x67);
        set_entry(file_.get(), 3, 0, 0x10'0000 | 0x67);
        set_entry(file_.get(), 3, 1, 0x20'0000 | 0x67);
        const snapshot::LayerSource layer{file_.get(), {{kPage, 0, 4 * kPage}}};
        ram_.emplace(std::move(*snapshot::LayeredRam::create(kMiB, kMiB, {&layer, 1})));
        const std::uint64_t frames[] = {1, 2, 3, 4};
        watch_.emplace(TableWatch::of_snapshot(*ram_, frames, 1 * kPage));
    }

    static void set_entry(int file, std::uint64_t page, std::uint64_t index, std::uint64_t entry) {
        ASSERT_EQ(::pwrite(file, &entry, sizeof entry, static_cast<off_t>(page * kPage + index * sizeof entry)), 8);
    }
    void write_entry(std::uint64_t frame, std::uint64_t index, std::uint64_t entry) {
        std::memcpy(&byte_of_page(*ram_, frame, index * sizeof entry), &entry, sizeof entry);
    }
    StaleTranslations find() {
        EXPECT_TRUE(ram_->find_private_pages());
        return watch_->find(*ram_);
    }

    UniqueFd file_ = snapshot::test::empty_file();
    std::optional<snapshot::LayeredRam> ram_;
    std::optional<TableWatch> watch_;
};

TEST_F(Watch, FindsNothingStaleWhereNoTableChanged) {
    byte_of_page(*ram_, 7) = std::byte{1};

    const auto stale = find();

    EXPECT_FALSE(stale.all);
    EXPECT_THAT(stale.to, IsEmpty());
}

TEST_F(Watch, AccessedAndDirtyBitsAreNoChange) {
    write_entry(4, 0, 0x10'0000 | 0x07);

    const auto stale = find();

    EXPECT_FALSE(stale.all);
    EXPECT_THAT(stale.to, IsEmpty());
}

TEST_F(Watch, FindsWhereToAChangedEntryOfTheLowestLevelLeads) {
    write_entry(4, 0, 0x8000 | 0x67);
    write_entry(4, 1, 0);  // gone: nothing leads anywhere
    write_entry(4, 2, 0x9000 | 0x67);

    const auto stale = find();

    EXPECT_FALSE(stale.all);
    EXPECT_THAT(stale.to, ElementsAre(GuestRange{0x8000, 0x2000}));
}

TEST_F(Watch, AChangeAboveTheLowestLevelMakesAllStale) {
    write_entry(3, 5, 0x7000 | 0x67);

    EXPECT_TRUE(find().all);
}

TEST_F(Watch, SoDoMoreScatteredChangesThanAreWorthForgettingOneByOne) {
    for (std::uint64_t index = 0; index < 100; ++index) write_entry(4, index, index * 2 * kPage | 0x67);

    EXPECT_TRUE(find().all);
}

TEST_F(Watch, AnEntryThatPermittedLessThanTheSnapshotsIsNotStale) {
    write_entry(4, 0, 0x10'0000 | 0x67);  // as the snapshot has it
    write_entry(4, 1, 0x20'0000 | 0x65);  // narrower than in the snapshot: what KVM derived from it stays right

    const auto stale = find();

    EXPECT_THAT(stale.to, IsEmpty());
}

TEST_F(Watch, FindsWhatTheSnapshotLedToAndRamDoesNot) {
    write_entry(4, 0, 0x30'0000 | 0x67);
    write_entry(4, 2, 0x40'0000 | 0x67);  // led nowhere before
    ASSERT_TRUE(ram_->find_private_pages());

    EXPECT_THAT(watch_->find_replaced(*ram_), ElementsAre(0x10'0000));
}

// Another layer over the tables.
class CoveredWatch : public Watch {
protected:
    // In front of it: the entries of frames 3 and 4 as they are to be, the others as they are.
    StaleTranslations cover(std::uint64_t level, std::uint64_t index, std::uint64_t entry,
                            std::vector<std::uint64_t> forgotten = {}) {
        std::array<std::byte, 2 * kPage> tables;
        EXPECT_EQ(::pread(file_.get(), tables.data(), tables.size(), 2 * kPage), static_cast<ssize_t>(tables.size()));
        std::memcpy(tables.data() + (level - 3) * kPage + index * sizeof entry, &entry, sizeof entry);
        EXPECT_EQ(::pwrite(over_.get(), tables.data(), tables.size(), 0), static_cast<ssize_t>(tables.size()));
        const snapshot::LayerSource layer{over_.get(), {{3 * kPage, 0, 2 * kPage}}};
        EXPECT_TRUE(ram_->add_layers({&layer, 1}));
        return watch_->find_covered(*ram_, 1, forgotten);
    }

    UniqueFd over_ = snapshot::test::empty_file();
};

TEST_F(CoveredWatch, WhatAReplacedEntryLedToIsStale) {
    const auto stale = cover(4, 1, 0x30'0000 | 0x67);

    EXPECT_FALSE(stale.all);
    EXPECT_THAT(stale.to, ElementsAre(GuestRange{0x20'0000, kPage}));
}

TEST_F(CoveredWatch, SoIsWhatARemovedOrNarrowedEntryLedTo) {
    EXPECT_THAT(cover(4, 1, 0).to, ElementsAre(GuestRange{0x20'0000, kPage}));
    EXPECT_THAT(cover(4, 1, 0x20'0000 | 0x65).to, ElementsAre(GuestRange{0x20'0000, kPage}));
}

TEST_F(CoveredWatch, WhatWasForgottenBeforeNeedsNotBeForgottenAgain) {
    EXPECT_EQ(cover(4, 1, 0, {0x20'0000}), (StaleTranslations{false, {}}));
    EXPECT_THAT(cover(4, 1, 0, {0x10'0000, 0x30'0000}).to, ElementsAre(GuestRange{0x20'0000, kPage}));
}

TEST_F(CoveredWatch, ANewEntryLeavesNothingBehindAtAnyLevel) {
    EXPECT_EQ(cover(4, 7, 0x30'0000 | 0x67), (StaleTranslations{false, {}}));
    EXPECT_EQ(cover(3, 7, 0x8000 | 0x67), (StaleTranslations{false, {}}));
}

TEST_F(CoveredWatch, AReplacedEntryAboveTheLowestLevelMakesAllStale) { EXPECT_TRUE(cover(3, 0, 0x8000 | 0x67).all); }

TEST(ToRanges, CoversEachPageOnce) {
    EXPECT_THAT(to_ranges({0x3000, 0x1000, 0x2000, 0x2000, 0x8000}),
                ElementsAre(GuestRange{0x1000, 0x3000}, GuestRange{0x8000, 0x1000}));
}

}  // namespace
}  // namespace mayfly::microvm
