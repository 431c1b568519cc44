#include "runtime/exchange_area.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>

#include "abi/doorbell.h"
#include "abi/layout.h"

namespace mayfly::runtime {
namespace {

using ::testing::IsEmpty;

// Writes as the other side does.
class Guest {
public:
    explicit Guest(const ExchangeArea& area)
        : area_(*Mapping::of(UniqueFd{::dup(area.fd())}, abi::kExchangeBytes, PROT_READ | PROT_WRITE, MAP_SHARED)) {}
    void log(abi::LogStream stream, std::string_view text, std::uint32_t claimed) {
        const abi::LogRecord record{stream, claimed};
        put(&record, sizeof record);
        put(text.data(), text.size());
        at_ = (at_ + 7) & ~std::uint64_t{7};
    }
    void log(abi::LogStream stream, std::string_view text) {
        log(stream, text, static_cast<std::uint32_t>(text.size()));
    }
    std::uint64_t log_bytes() const { return at_; }

private:
    void put(const void* from, std::size_t bytes) {
        std::memcpy(area_.data() + abi::kLogOffset + at_, from, bytes);
        at_ += bytes;
    }
    Mapping area_;
    std::uint64_t at_ = 0;
};

TEST(ExchangeArea, CannotBeCutUnderUs) {
    const auto area = ExchangeArea::create();

    EXPECT_NE(::ftruncate(area->fd(), 0), 0);
    EXPECT_NE(::ftruncate(area->fd(), abi::kExchangeBytes * 2), 0);
}

TEST(ExchangeArea, RefusesAnEventThatIsTooLong) {
    auto area = ExchangeArea::create();

    EXPECT_TRUE(area->write_event(std::string(abi::kMaxPayloadBytes, ' ')));
    EXPECT_EQ(area->write_event(std::string(abi::kMaxPayloadBytes + 1, ' ')).error().code, ErrorCode::too_large);
}

TEST(ExchangeArea, ClampsTheLengthOfAReply) {
    const auto area = ExchangeArea::create();

    EXPECT_EQ(area->copy_reply(~0ull).size(), abi::kMaxPayloadBytes);
    EXPECT_EQ(area->copy_reply(0).size(), 0u);
}

TEST(ExchangeArea, JoinsRecordsOfOneStreamInTheirOrder) {
    const auto area = ExchangeArea::create();
    Guest guest(*area);
    guest.log(abi::LogStream::output, "one ");
    guest.log(abi::LogStream::output, "two");
    guest.log(abi::LogStream::error, "three");
    guest.log(abi::LogStream::output, "four");

    const auto logs = area->copy_logs(guest.log_bytes());

    ASSERT_EQ(logs.size(), 3u);
    EXPECT_EQ(logs[0].text, "one two");
    EXPECT_EQ(logs[1].stream, LogStream::error);
    EXPECT_EQ(logs[2].text, "four");
}

TEST(ExchangeArea, SurvivesLogsThatLie) {
    // Each area is read once: a build with MAYFLY_FLIP_ON_READ shows something else the second time.
    const auto lie = [](const ExchangeArea& area) {
        Guest guest(area);
        guest.log(static_cast<abi::LogStream>(99), "x", 0xffff'ffff);
        return guest.log_bytes();
    };
    const auto first = ExchangeArea::create();
    lie(*first);
    const auto second = ExchangeArea::create();
    const std::uint64_t bytes = lie(*second);
    const auto third = ExchangeArea::create();
    lie(*third);

    const auto whole = first->copy_logs(~0ull);
    ASSERT_FALSE(whole.empty());
    EXPECT_LE(whole.front().text.size(), abi::kLogBytes);
    const auto one = second->copy_logs(bytes);
    ASSERT_FALSE(one.empty());
    EXPECT_EQ(one.front().stream, LogStream::kernel);
    EXPECT_THAT(third->copy_logs(3), IsEmpty());
}

std::vector<LogRecord> two_records() { return {{LogStream::output, "abcdef"}, {LogStream::error, "ghij"}}; }

TEST(KeepTail, CutsWithinARecord) {
    auto logs = two_records();

    keep_tail(logs, 6);

    ASSERT_EQ(logs.size(), 2u);
    EXPECT_EQ(logs[0].text, "ef");
    EXPECT_EQ(logs[1].text, "ghij");
}

TEST(KeepTail, DropsWholeRecords) {
    auto logs = two_records();

    keep_tail(logs, 4);

    ASSERT_EQ(logs.size(), 1u);
    EXPECT_EQ(logs[0].text, "ghij");
}

TEST(KeepTail, KeepsEverythingWhenThereIsRoomAndNothingWhenThereIsNone) {
    auto all = two_records();
    auto none = two_records();

    keep_tail(all, 10);
    keep_tail(none, 0);

    EXPECT_EQ(all.size(), 2u);
    EXPECT_THAT(none, IsEmpty());
}

}  // namespace
}  // namespace mayfly::runtime
