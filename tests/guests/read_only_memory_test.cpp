// What a guest shares with others it can't write, by whatever route.
#include <gmock/gmock.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "guest_machine.h"
#include "vmm/registers.h"

namespace mayfly::test {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t kPage = abi::kPageSize;

enum class Route : std::uint64_t { read, write, locked_add, fill, write_in_ring0 };

UniqueFd image_of(char letter, std::size_t bytes) {
    UniqueFd file{::memfd_create("image", MFD_CLOEXEC)};
    const std::string text(bytes, letter);
    EXPECT_EQ(::write(file.get(), text.data(), text.size()), static_cast<ssize_t>(bytes));
    return file;
}

std::string content_of(const UniqueFd& file) {
    std::string text(static_cast<std::size_t>(::lseek(file.get(), 0, SEEK_END)), '\0');
    EXPECT_EQ(::pread(file.get(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
    return text;
}

std::uint64_t word_of(char letter) {
    std::uint64_t word = 0;
    std::memset(&word, letter, sizeof word);
    return word;
}

class ReadOnly : public GuestTest {
protected:
    vmm::Stop use(std::uint64_t address, Route route) {
        const std::array<std::uint64_t, 2> event = {address, static_cast<std::uint64_t>(route)};
        machine().exchange().write_event(std::as_bytes(std::span(event)));
        return run();
    }
    void load_with(const UniqueFd& image) {
        const vmm::Image images[] = {{image.get(), 2 * kPage, "/"}};
        load("uses_page_as_told", images);
    }
};

struct WriteCase {
    const char* name;
    std::uint64_t address;
    Route route;
};

class ReadOnlyWrite : public ReadOnly, public testing::WithParamInterface<WriteCase> {};

// hostile: B21 H6
TEST_P(ReadOnlyWrite, EndsTheGuestAndChangesNothing) {
    const UniqueFd image = image_of('i', 2 * kPage);
    load_with(image);

    const vmm::Stop stop = use(GetParam().address, GetParam().route);

    EXPECT_EQ(stop.reason, vmm::StopReason::crashed);
    EXPECT_THAT(stop.detail, HasSubstr("wrote to guest-physical address " + vmm::hex(GetParam().address)));
    EXPECT_EQ(content_of(image), std::string(2 * kPage, 'i'));
}

constexpr std::uint64_t kBehindTheImage = abi::kWindowBase + 2 * kPage;
INSTANTIATE_TEST_SUITE_P(
    ByEveryRoute, ReadOnlyWrite,
    testing::Values(WriteCase{"store_to_an_image", abi::kWindowBase, Route::write},
                    WriteCase{"store_to_its_second_page", abi::kWindowBase + kPage, Route::write},
                    WriteCase{"locked_add_to_an_image", abi::kWindowBase, Route::locked_add},
                    WriteCase{"string_store_to_an_image", abi::kWindowBase, Route::fill},
                    WriteCase{"ring_0_store_to_an_image", abi::kWindowBase, Route::write_in_ring0},
                    WriteCase{"store_behind_an_image", kBehindTheImage, Route::write},
                    WriteCase{"ring_0_store_behind_an_image", kBehindTheImage, Route::write_in_ring0},
                    WriteCase{"store_to_the_control_page", abi::kControlBase, Route::write},
                    WriteCase{"ring_0_store_to_the_control_page", abi::kControlBase, Route::write_in_ring0}),
    [](const auto& value) { return value.param.name; });

TEST_F(ReadOnly, AnImageReadsAsItsFileAndAsZeroesBehindItsEnd) {
    const UniqueFd image = image_of('i', 2 * kPage);
    load_with(image);
    EXPECT_EQ(use(abi::kWindowBase + kPage, Route::read).reason, vmm::StopReason::waiting);
    EXPECT_EQ(reply_word(0), word_of('i'));

    load_with(image);
    EXPECT_EQ(use(kBehindTheImage, Route::read).reason, vmm::StopReason::waiting);
    EXPECT_EQ(reply_word(0), 0u);
}

TEST_F(ReadOnly, AnImageThatIsAddedLaterLiesBehindAndTheFirstStays) {
    const UniqueFd first = image_of('i', 2 * kPage);
    const UniqueFd second = image_of('j', 3 * kPage);
    const std::uint64_t base = abi::next_window_base(abi::kWindowBase, 2 * kPage);

    load_with(first);
    ASSERT_TRUE(machine().add_image({second.get(), 3 * kPage, "/code"}));
    EXPECT_EQ(use(base + 2 * kPage, Route::read).reason, vmm::StopReason::waiting);
    EXPECT_EQ(reply_word(0), word_of('j'));

    load_with(first);
    ASSERT_TRUE(machine().add_image({second.get(), 3 * kPage, "/code"}));
    EXPECT_EQ(use(abi::kWindowBase, Route::read).reason, vmm::StopReason::waiting);
    EXPECT_EQ(reply_word(0), word_of('i'));

    load_with(first);
    ASSERT_TRUE(machine().add_image({second.get(), 3 * kPage, "/code"}));
    EXPECT_EQ(use(base, Route::write).reason, vmm::StopReason::crashed);
    EXPECT_EQ(content_of(second), std::string(3 * kPage, 'j'));
}

TEST_F(ReadOnly, RefusesImagesItCannotShow) {
    const UniqueFd image = image_of('i', kPage);
    load_with(image_of('r', 2 * kPage));

    EXPECT_FALSE(machine().add_image({image.get(), 0, "/code"}));
    EXPECT_FALSE(machine().add_image({image.get(), kPage + 1, "/code"}));
    EXPECT_FALSE(machine().add_image({image.get(), abi::kMaxWindowBytes + 1, "/code"}));
    EXPECT_FALSE(machine().add_image({-1, kPage, "/code"}));
}

}  // namespace
}  // namespace mayfly::test
