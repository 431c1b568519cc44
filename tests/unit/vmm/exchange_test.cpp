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
    const Mapping guests =
        Mapping::of(UniqueFd{::dup(exchange.fd())}, abi::kExchangeBytes, PROT_READ | PROT_WRITE, MAP_SHARED).value();
    for (const std::uint64_t offset : {0ul, 4096ul, 1ul << 20, 5ul << 20, 8ul << 20, abi::kExchangeBytes - 1})
        guests.bytes()[offset] = std::byte{0xaa};
    const auto event = guests.bytes().subspan(abi::kEventOffset);
    std::fill_n(event.begin(), 100, std::byte{0xbb});

    ASSERT_TRUE(exchange.scrub(60));

    EXPECT_TRUE(is_zero(guests.bytes().first(abi::kEventOffset)));
    EXPECT_TRUE(std::all_of(event.begin(), event.begin() + 60, [](std::byte b) { return b == std::byte{0xbb}; }));
    EXPECT_TRUE(is_zero(event.subspan(60)));
}

TEST(Exchange, ClampsTheLogItCopies) {
    const Exchange exchange = Exchange::create().value();

    EXPECT_EQ(exchange.copy_log(0xffff'ffff).size(), abi::kLogBytes);
}

}  // namespace
}  // namespace mayfly::vmm
