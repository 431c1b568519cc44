#include "vmm/exchange.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

namespace mayfly::vmm {
namespace {

bool is_zero(std::span<const std::byte> bytes) {
    return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; });
}

TEST(Exchange, RefusesAFileOfAnotherSize) {
    UniqueFd file{::memfd_create("short", MFD_CLOEXEC)};
    ASSERT_EQ(::ftruncate(file.get(), 4096), 0);

    EXPECT_FALSE(Exchange::adopt(std::move(file)));
}

TEST(Exchange, ScrubLeavesNothingButTheEvent) {
    Exchange exchange = Exchange::create().value();
    for (const std::uint64_t offset : {0ul, 4096ul, 1ul << 20, 5ul << 20, 8ul << 20, abi::kExchangeBytes - 1})
        exchange.bytes()[offset] = std::byte{0xaa};
    std::fill_n(exchange.event_area().begin(), 100, std::byte{0xbb});

    ASSERT_TRUE(exchange.scrub(60));

    const auto event = exchange.event_area();
    EXPECT_TRUE(is_zero(exchange.bytes().first(abi::kEventOffset)));
    EXPECT_TRUE(std::all_of(event.begin(), event.begin() + 60, [](std::byte b) { return b == std::byte{0xbb}; }));
    EXPECT_TRUE(is_zero(exchange.bytes().subspan(abi::kEventOffset + 60)));
}

TEST(Exchange, ClampsTheLogItCopies) {
    const Exchange exchange = Exchange::create().value();

    EXPECT_EQ(exchange.copy_log(0xffff'ffff).size(), abi::kLogBytes);
}

}  // namespace
}  // namespace mayfly::vmm
