#include "snapshot/layered_ram.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/unit/snapshot/memory_file.h"

namespace mayfly::snapshot::test {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;

// Every behaviour must hold with PAGEMAP_SCAN and without.
class Layered : public ::testing::TestWithParam<bool> {
protected:
    LayeredRam make(std::uint64_t bytes, std::span<const LayerSource> layers) {
        auto ram = LayeredRam::create(bytes, bytes, layers);
        EXPECT_TRUE(ram) << ram.error().message();
        if (!GetParam()) ram->pagemap().disable_scan();
        return std::move(*ram);
    }

    UniqueFd base_ = numbered_file(64, 1);
    LayerSource base_layer_{base_.get(), {{16 * kPage, 0, 32 * kPage}, {100 * kPage, 32 * kPage, 32 * kPage}}};
};

INSTANTIATE_TEST_SUITE_P(WithAndWithoutScan, Layered, ::testing::Bool());

TEST_P(Layered, ShowsTheLayerWhereItHasExtentsAndZeroesElsewhere) {
    LayeredRam ram = make(kMiB, {&base_layer_, 1});

    EXPECT_EQ(byte_of_page(ram, 15), std::byte{0});
    EXPECT_EQ(byte_of_page(ram, 16), std::byte{1});
    EXPECT_EQ(byte_of_page(ram, 47), std::byte{32});
    EXPECT_EQ(byte_of_page(ram, 48), std::byte{0});
    EXPECT_EQ(byte_of_page(ram, 100), std::byte{33});
}

TEST_P(Layered, LaterLayersLieOverEarlierOnes) {
    const UniqueFd top = numbered_file(2, 200);
    const std::vector<LayerSource> layers{base_layer_, {top.get(), {{20 * kPage, 0, 2 * kPage}}}};

    LayeredRam ram = make(kMiB, layers);

    EXPECT_EQ(byte_of_page(ram, 19), std::byte{4});
    EXPECT_EQ(byte_of_page(ram, 20), std::byte{200});
    EXPECT_EQ(byte_of_page(ram, 21), std::byte{201});
    EXPECT_EQ(byte_of_page(ram, 22), std::byte{7});
    EXPECT_EQ(*ram.pristine(20), std::byte{200});
    EXPECT_EQ(*ram.pristine(22), std::byte{7});
    EXPECT_EQ(ram.pristine(99), nullptr);
}

// Few pages of an upper layer are copied, many are mapped.
class UpperLayers : public Layered {
protected:
    UniqueFd small_ = numbered_file(4, 100);
    UniqueFd large_ = numbered_file(24, 150);
    std::vector<LayerSource> layers_{base_layer_,
                                     {small_.get(), {{17 * kPage, 0, 2 * kPage}, {40 * kPage, 2 * kPage, 2 * kPage}}},
                                     {large_.get(), {{20 * kPage, 0, 24 * kPage}}}};
};

INSTANTIATE_TEST_SUITE_P(WithAndWithoutScan, UpperLayers, ::testing::Bool());

TEST_P(UpperLayers, AreThereAgainAfterAResetOfWhatWasWrittenOverThem) {
    LayeredRam ram = make(kMiB, layers_);
    const auto before = copy_of(ram);
    EXPECT_EQ(byte_of_page(ram, 18), std::byte{101});
    EXPECT_EQ(byte_of_page(ram, 40), std::byte{170});

    for (const std::uint64_t page : {17, 18, 25, 40, 41}) byte_of_page(ram, page) = std::byte{9};
    ASSERT_TRUE(ram.reset());

    EXPECT_EQ(copy_of(ram), before);
}

TEST_P(UpperLayers, AreThereAgainWhenARangeIsGivenBack) {
    LayeredRam ram = make(kMiB, layers_);
    const auto before = copy_of(ram);

    ASSERT_TRUE(ram.give_back(0, kMiB));
    EXPECT_EQ(copy_of(ram), before);
    ASSERT_TRUE(ram.give_back(18 * kPage, 4 * kPage));
    EXPECT_EQ(copy_of(ram), before);

    EXPECT_FALSE(ram.give_back(kMiB, kPage));
    ASSERT_TRUE(ram.find_private_pages());
    EXPECT_THAT(ram.private_page_numbers(), AllOf(IsSupersetOf({17, 18}), Not(Contains(AnyOf(20, 40, 41)))));
}

TEST_P(UpperLayers, ThatComeLaterAreAsIfTheyHadBeenThere) {
    LayeredRam ram = make(kMiB, {layers_.data(), 1});
    for (const std::uint64_t page : {3, 17, 30}) byte_of_page(ram, page) = std::byte{9};
    ASSERT_TRUE(ram.reset());

    ASSERT_TRUE(ram.add_layers(std::span(layers_).subspan(1)));

    EXPECT_EQ(copy_of(ram), copy_of(make(kMiB, layers_)));
    ASSERT_TRUE(ram.find_private_pages());
    EXPECT_THAT(ram.private_page_numbers(), AllOf(IsSupersetOf({3, 17, 18}), Not(Contains(AnyOf(20, 30, 40)))));
}

// What was private and is known to be is left out: not what was given back or mapped over since.
TEST_P(UpperLayers, PagesAreMadePrivateAgainThatNoLongerAre) {
    LayeredRam ram = make(kMiB, {layers_.data(), 1});
    const std::vector<std::uint32_t> wanted{3, 4, 17, 30, 50};
    ASSERT_TRUE(ram.make_private(wanted));
    ASSERT_TRUE(ram.find_private_pages());
    ASSERT_TRUE(ram.add_layers(std::span(layers_).subspan(1)));
    ASSERT_TRUE(ram.give_back(4 * kPage, kPage));

    ASSERT_TRUE(ram.make_private(wanted));

    ASSERT_TRUE(ram.find_private_pages());
    EXPECT_THAT(ram.private_page_numbers(), IsSupersetOf(wanted));
    EXPECT_EQ(copy_of(ram), copy_of(make(kMiB, layers_)));
}

TEST_P(Layered, FindsExactlyTheWrittenPages) {
    LayeredRam ram = make(kMiB, {&base_layer_, 1});
    byte_of_page(ram, 17) = std::byte{9};
    byte_of_page(ram, 3) = std::byte{9};
    volatile std::byte read = byte_of_page(ram, 40);
    static_cast<void>(read);

    ASSERT_TRUE(ram.find_private_pages());

    EXPECT_THAT(ram.private_page_numbers(), ElementsAre(3, 17));
}

TEST_P(Layered, FindsPagesWrittenAfterTheFirstLook) {
    LayeredRam ram = make(kMiB, {&base_layer_, 1});
    byte_of_page(ram, 17) = std::byte{9};
    ASSERT_TRUE(ram.find_private_pages());
    byte_of_page(ram, 101) = std::byte{9};

    ASSERT_TRUE(ram.find_private_pages());

    EXPECT_THAT(ram.private_page_numbers(), ElementsAre(17, 101));
}

TEST_P(Layered, MakesTheNamedPagesPrivateWithoutChangingThem) {
    LayeredRam ram = make(kMiB, {&base_layer_, 1});
    const LayeredRam untouched = make(kMiB, {&base_layer_, 1});

    const std::vector<std::uint32_t> wanted{3, 17, 18, 19, 101, 0xffff'ffff};
    ASSERT_TRUE(ram.make_private(wanted));

    ASSERT_TRUE(ram.find_private_pages());
    EXPECT_THAT(ram.private_page_numbers(), ElementsAre(3, 17, 18, 19, 101));
    EXPECT_TRUE(copy_of(ram) == copy_of(untouched));
}

TEST_P(Layered, ResetPutsEveryByteBack) {
    LayeredRam ram = make(kMiB, {&base_layer_, 1});
    const std::vector<std::byte> before = copy_of(ram);
    byte_of_page(ram, 16, 4095) = std::byte{77};
    byte_of_page(ram, 255, 1) = std::byte{77};

    const auto report = ram.reset();

    ASSERT_TRUE(report);
    EXPECT_EQ(copy_of(ram), before);
    EXPECT_EQ(*report, 2u);
}

TEST_P(Layered, ResetHoldsForTheSamePagesWrittenAgainWithoutAFault) {
    LayeredRam ram = make(kMiB, {&base_layer_, 1});
    const std::vector<std::byte> before = copy_of(ram);
    byte_of_page(ram, 16) = std::byte{77};
    ASSERT_TRUE(ram.reset());
    byte_of_page(ram, 16) = std::byte{78};

    ASSERT_TRUE(ram.reset());

    EXPECT_EQ(copy_of(ram), before);
}

TEST_P(Layered, ResetDoesNotMakePagesPrivateThatWereOnlyRead) {
    LayeredRam ram = make(kMiB, {&base_layer_, 1});
    copy_of(ram);
    ASSERT_TRUE(ram.reset());
    ram.pagemap() = std::move(*Pagemap::open());
    std::vector<std::uint32_t> pages;
    ASSERT_TRUE(ram.pagemap().find_private(ram.bytes(), pages));

    if (!ram.pagemap().has_scan()) GTEST_SKIP() << "this host can't tell the shared zero page from a private one";
    EXPECT_THAT(pages, IsEmpty());
}

TEST_P(Layered, RandomWritesAreAllPutBack) {
    LayeredRam ram = make(16 * kMiB, {&base_layer_, 1});
    const std::vector<std::byte> before = copy_of(ram);
    std::mt19937_64 random(42);
    for (int round = 0; round < 20; ++round) {
        for (int write = 0; write < 300; ++write) ram.bytes()[random() % ram.bytes().size()] = std::byte(random());
        ASSERT_TRUE(ram.reset());
        ASSERT_TRUE(copy_of(ram) == before) << "round " << round;
    }
}

TEST_P(Layered, LayerFilesAreNeverWritten) {
    LayeredRam ram = make(kMiB, {&base_layer_, 1});

    std::fill(ram.bytes().begin(), ram.bytes().end(), std::byte{0xff});

    std::byte first{};
    ASSERT_EQ(::pread(base_.get(), &first, 1, 0), 1);
    EXPECT_EQ(first, std::byte{1});
}

TEST_P(Layered, GivesMemoryBackThatOneInvocationUsedFarBeyondTheUsual) {
    LayeredRam ram = make(64 * kMiB, {&base_layer_, 1});
    const std::vector<std::byte> before = copy_of(ram);
    byte_of_page(ram, 17) = std::byte{77};
    ASSERT_TRUE(ram.reset());
    std::fill(ram.bytes().begin(), ram.bytes().begin() + 32 * kMiB, std::byte{5});

    ASSERT_TRUE(ram.reset());

    EXPECT_EQ(ram.private_pages(), 0u);
    EXPECT_TRUE(copy_of(ram) == before);
}

TEST_P(Layered, KeepsMuchMemoryWhenThatIsTheUsual) {
    LayeredRam ram = make(64 * kMiB, {&base_layer_, 1});
    std::fill(ram.bytes().begin(), ram.bytes().begin() + 32 * kMiB, std::byte{5});
    ASSERT_TRUE(ram.reset());
    std::fill(ram.bytes().begin(), ram.bytes().begin() + 32 * kMiB, std::byte{6});

    ASSERT_TRUE(ram.reset());

    EXPECT_EQ(ram.private_pages(), 32 * kMiB / kPage);
    EXPECT_EQ(byte_of_page(ram, 17), std::byte{2});
}

TEST(LayeredRamCreate, RefusesExtentsOutsideRamOrFileOrUnalignedOrUnsorted) {
    const UniqueFd file = numbered_file(4, 1);
    const std::vector<std::vector<Extent>> bad{
        {{kMiB, 0, kPage}},
        {{0, 4 * kPage, kPage}},
        {{0, 0, 5 * kPage}},
        {{1, 0, kPage}},
        {{0, 1, kPage}},
        {{0, 0, 100}},
        {{0, 0, 0}},
        {{~0ull - kPage + 1, 0, kPage}},
        {{0, ~0ull - kPage + 1, 2 * kPage}},
        {{kPage, 0, kPage}, {0, kPage, kPage}},
        {{0, 0, 2 * kPage}, {kPage, kPage, kPage}},
    };
    for (const auto& extents : bad) {
        const LayerSource layer{file.get(), extents};

        const auto ram = LayeredRam::create(kMiB, kMiB, {&layer, 1});

        ASSERT_FALSE(ram);
        EXPECT_EQ(ram.error().code, ErrorCode::corrupt);
    }
}

TEST(LayeredRamCreate, RefusesSenselessSizes) {
    EXPECT_FALSE(LayeredRam::create(kMiB + 1, 2 * kMiB, {}));
    EXPECT_FALSE(LayeredRam::create(2 * kMiB, kMiB, {}));
    EXPECT_FALSE(LayeredRam::create(0, 0, {}));
    EXPECT_FALSE(LayeredRam::create(kMiB, abi::kMaxRamBytes + kPage, {}));
}

}  // namespace
}  // namespace mayfly::snapshot::test
