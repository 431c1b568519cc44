#include "snapshot/capture.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/unit/snapshot/memory_file.h"

namespace mayfly::snapshot::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

LayeredRam make(std::uint64_t bytes, std::span<const LayerSource> layers) {
    auto ram = LayeredRam::create(bytes, bytes, layers);
    EXPECT_TRUE(ram) << ram.error().message();
    return std::move(*ram);
}

void scribble(LayeredRam& ram, std::uint64_t seed, int writes) {
    std::mt19937_64 random(seed);
    for (int i = 0; i < writes; ++i) ram.bytes()[random() % ram.bytes().size()] = std::byte(random());
}

void put_entry(LayeredRam& ram, std::uint64_t frame, std::uint64_t index, std::uint64_t entry) {
    std::memcpy(&byte_of_page(ram, frame, index * 8), &entry, sizeof entry);
}

TEST(CaptureMemory, BaseRoundTripsThroughALayer) {
    LayeredRam ram = make(32 * kMiB, {});
    scribble(ram, 7, 3000);
    const UniqueFd file = empty_file();

    const auto captured = capture_memory(ram, file.get(), false, 0);

    ASSERT_TRUE(captured) << captured.error().message();
    const LayerSource layer{file.get(), captured->extents};
    const LayeredRam restored = make(32 * kMiB, {&layer, 1});
    EXPECT_TRUE(copy_of(restored) == copy_of(ram));
}

TEST(CaptureMemory, ChangesRoundTripOverTheirBase) {
    const UniqueFd base_file = numbered_file(200, 0);
    const LayerSource base{base_file.get(), {{64 * kPage, 0, 200 * kPage}}};
    LayeredRam ram = make(4 * kMiB, {&base, 1});
    scribble(ram, 8, 100);
    const UniqueFd file = empty_file();

    const auto captured = capture_memory(ram, file.get(), true, 0);

    ASSERT_TRUE(captured);
    const std::vector<LayerSource> layers{base, {file.get(), captured->extents}};
    const LayeredRam restored = make(4 * kMiB, layers);
    EXPECT_TRUE(copy_of(restored) == copy_of(ram));
}

TEST(CaptureMemory, PagesWrittenWithWhatTheyHeldAreNoChange) {
    const UniqueFd base_file = numbered_file(8, 1);
    const LayerSource base{base_file.get(), {{0, 0, 8 * kPage}}};
    LayeredRam ram = make(kMiB, {&base, 1});
    byte_of_page(ram, 2) = std::byte{3};
    byte_of_page(ram, 100) = std::byte{0};
    const UniqueFd file = empty_file();

    const auto captured = capture_memory(ram, file.get(), true, 0);

    EXPECT_THAT(captured->extents, IsEmpty());
}

TEST(CaptureMemory, AdjacentPagesBecomeOneExtentAndTheFileIsContiguous) {
    LayeredRam ram = make(kMiB, {});
    for (const std::uint64_t page : {10, 11, 12, 40}) byte_of_page(ram, page) = std::byte{1};
    const UniqueFd file = empty_file();

    const auto captured = capture_memory(ram, file.get(), false, 0);

    EXPECT_THAT(captured->extents, ElementsAre(Extent{10 * kPage, 0, 3 * kPage}, Extent{40 * kPage, 3 * kPage, kPage}));
    struct stat status {};
    ::fstat(file.get(), &status);
    EXPECT_EQ(status.st_size, 4 * static_cast<off_t>(kPage));
}

TEST(CaptureMemory, NearlyDensePagesBecomeOneExtent) {
    LayeredRam ram = make(16 * kMiB, {});
    for (std::uint64_t page = 100; page < 3000; ++page)
        if (page % 20 != 0 && page / 50 != 30) byte_of_page(ram, page) = std::byte{1};
    const UniqueFd file = empty_file();

    const auto captured = capture_memory(ram, file.get(), false, 0);

    EXPECT_THAT(captured->extents, ElementsAre(Extent{101 * kPage, 0, 2899 * kPage}));
}

TEST(CaptureMemory, OfChangesOnlyWhatWillBeMappedIsJoined) {
    LayeredRam ram = make(kMiB, {});
    const auto write = [&](std::uint64_t first, std::uint64_t pages) {
        for (std::uint64_t page = first; page < first + pages; ++page) byte_of_page(ram, page) = std::byte{1};
    };
    write(10, 2);
    write(13, 1);  // behind a small one: both will be copied
    write(50, 12);
    write(64, 1);   // behind a large one, two pages further
    write(80, 12);  // too far
    const UniqueFd file = empty_file();

    const auto captured = capture_memory(ram, file.get(), true, 0);

    EXPECT_THAT(captured->extents,
                ElementsAre(Extent{10 * kPage, 0, 2 * kPage}, Extent{13 * kPage, 2 * kPage, kPage},
                            Extent{50 * kPage, 3 * kPage, 15 * kPage}, Extent{80 * kPage, 18 * kPage, 12 * kPage}));
}

TEST(CaptureMemory, ScatteredPagesStayBelowTheBoundOfExtents) {
    LayeredRam ram = make(256 * kMiB, {});
    for (std::uint64_t page = 0; page < 256 * kMiB / kPage; page += 7) byte_of_page(ram, page) = std::byte{1};
    const UniqueFd file = empty_file();

    const auto captured = capture_memory(ram, file.get(), false, 0);

    ASSERT_TRUE(captured);
    EXPECT_LE(captured->extents.size(), kMaxExtents);
}

TEST(CaptureMemory, FindsThePageTablesReachableFromCr3) {
    LayeredRam ram = make(kMiB, {});
    put_entry(ram, 1, 0, 2 * kPage | 1);     // level 4 -> 3
    put_entry(ram, 2, 511, 3 * kPage | 1);   // level 3 -> 2
    put_entry(ram, 3, 5, 4 * kPage | 0x67);  // level 2 -> 1
    put_entry(ram, 3, 6, 5 * kPage | 0x81);  // a 2 MiB page
    put_entry(ram, 3, 7, 6 * kPage);         // not present
    put_entry(ram, 3, 8, (1ull << 40) | 1);  // outside RAM
    put_entry(ram, 4, 0, 7 * kPage | 1);     // a 4 KiB page
    const UniqueFd file = empty_file();

    const auto captured = capture_memory(ram, file.get(), false, kPage | 0x18);

    EXPECT_THAT(captured->page_table_frames, ElementsAre(1, 2, 3, 4));
}

TEST(CaptureMemory, TablesThatNameThemselvesEnd) {
    LayeredRam ram = make(64 * kMiB, {});
    for (std::uint64_t frame = 0; frame < 64 * kMiB / kPage; ++frame)
        for (std::uint64_t i = 0; i < 512; i += 3) put_entry(ram, frame, i, ((frame + i) % 16384) * kPage | 1);
    const UniqueFd file = empty_file();

    const auto captured = capture_memory(ram, file.get(), false, 0);

    ASSERT_TRUE(captured);
    EXPECT_LE(captured->page_table_frames.size(), 64 * kMiB / kPage);
}

// hostile: G5
TEST(CaptureMemory, SaysWhenTheFileCannotTakeIt) {
    LayeredRam ram = make(kMiB, {});
    byte_of_page(ram, 1) = std::byte{1};
    const UniqueFd full{::open("/dev/full", O_WRONLY)};

    const auto captured = capture_memory(ram, full.get(), false, 0);

    ASSERT_FALSE(captured);
    EXPECT_NE(captured.error().sys_errno, 0);
}

}  // namespace
}  // namespace mayfly::snapshot::test
