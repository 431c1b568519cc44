#include "vmm/log_records.h"

#include <gmock/gmock.h>

#include <cstring>

namespace mayfly::vmm {
namespace {

using testing::ElementsAre;
using testing::Pair;

class LogBytes {
public:
    LogBytes& add(std::uint32_t stream, std::string_view text) { return add(stream, text, text.size()); }
    LogBytes& add(std::uint32_t stream, std::string_view text, std::size_t claimed_length) {
        const std::uint32_t header[2] = {stream, static_cast<std::uint32_t>(claimed_length)};
        append(header, sizeof header);
        append(text.data(), text.size());
        bytes.resize((bytes.size() + 7) / 8 * 8);
        return *this;
    }
    std::vector<std::byte> bytes;

private:
    void append(const void* data, std::size_t size) {
        const auto* first = static_cast<const std::byte*>(data);
        bytes.insert(bytes.end(), first, first + size);
    }
};

std::vector<std::pair<int, std::string>> records_of(std::span<const std::byte> log) {
    std::vector<std::pair<int, std::string>> records;
    for_each_record(log, [&records](abi::LogStream stream, std::span<const std::byte> text) {
        records.emplace_back(static_cast<int>(stream),
                             std::string(reinterpret_cast<const char*>(text.data()), text.size()));
    });
    return records;
}

TEST(LogRecords, ComeInOrder) {
    LogBytes log;
    log.add(1, "one").add(2, "second").add(3, "12345678");

    EXPECT_THAT(records_of(log.bytes), ElementsAre(Pair(1, "one"), Pair(2, "second"), Pair(3, "12345678")));
}

TEST(LogRecords, AreCutAtTheEndOfTheLog) {
    LogBytes log;
    log.add(1, "abcdefgh", 0xffff'fff8);

    EXPECT_THAT(records_of(log.bytes), ElementsAre(Pair(1, "abcdefgh")));
}

TEST(LogRecords, OfAnUnknownStreamAreTheKernels) {
    LogBytes log;
    log.add(0, "x").add(99, "y");

    EXPECT_THAT(records_of(log.bytes), ElementsAre(Pair(3, "x"), Pair(3, "y")));
}

TEST(LogRecords, NeedAWholeHeader) {
    const std::vector<std::byte> seven(7);

    EXPECT_TRUE(records_of(seven).empty());
}

TEST(PanicReason, IsTheSentenceBeforeTheBacktrace) {
    LogBytes log;
    log.add(3, "mounted\n").add(3, "kernel panic: no frames\n").add(3, "  ffffffff800011c7 kernel_entry+0x7\n");

    EXPECT_EQ(panic_reason(log.bytes), "no frames");
}

TEST(PanicReason, IsPrintable) {
    LogBytes log;
    log.add(3, "early").add(3, "bad\x1b[2J\nthing\n").add(1, "later");

    EXPECT_EQ(panic_reason(log.bytes), "bad [2J thing");
}

TEST(LogKeeper, KeepsTheLastUpToTheLimitAndCountsTheRest) {
    LogBytes log;
    log.add(1, "12345678").add(1, "abcdefghijklmnop");
    LogKeeper keeper(40);

    keeper.add(log.bytes);

    EXPECT_THAT(records_of(keeper.kept()), ElementsAre(Pair(1, "12345678"), Pair(1, "abcdefghijklmnop")));
    EXPECT_EQ(keeper.dropped(), 0u);

    LogBytes more;
    keeper.add(more.add(2, "last").bytes);

    EXPECT_THAT(records_of(keeper.kept()), ElementsAre(Pair(1, "abcdefghijklmnop"), Pair(2, "last")));
    EXPECT_EQ(keeper.dropped(), 8u);
}

TEST(LogKeeper, KeepsTheEndOfARecordOverTheLimit) {
    LogBytes log;
    log.add(1, "before").add(1, std::string(904, 'x') + std::string(96, 'y'));
    LogKeeper keeper(108);

    keeper.add(log.bytes);

    EXPECT_THAT(records_of(keeper.kept()), ElementsAre(Pair(1, std::string(96, 'y'))));
    EXPECT_EQ(keeper.dropped(), 910u);
}

TEST(LogKeeper, JoinsShortRecordsOfOneStream) {
    constexpr std::size_t kLimit = 1 << 20;
    LogKeeper keeper(kLimit);
    for (int line = 0; line < 400'000; ++line) {
        LogBytes log;
        keeper.add(log.add(1, "line").add(1, "\n").bytes);
    }
    LogBytes last;
    keeper.add(last.add(2, "error").add(1, "end").bytes);

    std::size_t text_bytes = 0;
    for (const auto& [stream, text] : records_of(keeper.kept())) text_bytes += text.size();

    EXPECT_GT(text_bytes, kLimit - 16'384);
    EXPECT_LE(keeper.kept().size(), kLimit);
    EXPECT_EQ(text_bytes + keeper.dropped(), 400'000u * 5 + 8);
    const auto records = records_of(keeper.kept());
    EXPECT_EQ(records.front().second.substr(0, 10), "line\nline\n");
    EXPECT_THAT(std::vector(records.end() - 2, records.end()), ElementsAre(Pair(2, "error"), Pair(1, "end")));
}

TEST(LogKeeper, OfNothingCountsOnly) {
    LogBytes log;
    LogKeeper keeper(0);

    keeper.add(log.add(1, "text").bytes);

    EXPECT_TRUE(keeper.empty());
    EXPECT_EQ(keeper.dropped(), 4u);
}

}  // namespace
}  // namespace mayfly::vmm
