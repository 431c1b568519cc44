// What becomes of a log that is too long, or lies about its length.
#include <gmock/gmock.h>

#include "guest_machine.h"
#include "vmm/log_records.h"

namespace mayfly::test {
namespace {

using vmm::StopReason;

using Log = GuestTest;

TEST_F(Log, LengthBeyondItsBufferIsClamped) {
    const vmm::Stop stop = load_and_run("huge_log");

    EXPECT_EQ(stop.reason, StopReason::waiting) << stop.detail;
    EXPECT_LE(stop.log_bytes, abi::kLogBytes);
}

TEST_F(Log, BeyondTheLimitIsDroppedAndCounted) {
    load("log_flood");
    vmm::RunRequest request;
    request.event.kind = abi::EventKind::invoke;
    request.timeout_ns = 10'000'000'000;
    request.log_limit_bytes = 10'000;

    const vmm::Stop stop = run(request);

    EXPECT_EQ(stop.reason, StopReason::waiting) << stop.detail;
    EXPECT_GT(stop.log_bytes, 8'000u);
    EXPECT_LE(stop.log_bytes, 10'000u);
    std::size_t kept = 0;
    const auto log = machine().exchange().copy_log(static_cast<std::uint32_t>(stop.log_bytes));
    vmm::for_each_record(log, [&kept](abi::LogStream, std::span<const std::byte> text) { kept += text.size(); });
    EXPECT_EQ(kept + stop.log_dropped, 100u * 4096);
}

TEST_F(Log, IsStreamedWholeWhenSomebodyListens) {
    load("log_flood");
    std::size_t heard = 0;
    vmm::RunRequest request;
    request.event.kind = abi::EventKind::invoke;
    request.timeout_ns = 10'000'000'000;
    request.log_sink = [&heard](abi::LogStream, std::span<const std::byte> text) { heard += text.size(); };

    const vmm::Stop stop = run(request);

    EXPECT_EQ(stop.reason, StopReason::waiting) << stop.detail;
    EXPECT_EQ(heard, 100u * 4096);
    EXPECT_EQ(stop.log_bytes, 0u);
}

}  // namespace
}  // namespace mayfly::test
