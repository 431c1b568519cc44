// Deadlines, ticks, idling and input.
#include <gmock/gmock.h>
#include <unistd.h>

#include <array>

#include "guest_machine.h"

namespace mayfly::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using vmm::StopReason;

constexpr std::uint64_t kMs = 1'000'000;

class Deadline : public GuestTest, public testing::WithParamInterface<std::string> {};

TEST_P(Deadline, EndsAGuestThatGivesNothingBack) {
    load(GetParam());

    const vmm::Stop stop = run(abi::EventKind::invoke, 50ms);

    EXPECT_EQ(stop.reason, StopReason::timed_out);
    EXPECT_THAT(stop.detail, HasSubstr("50 ms"));
    EXPECT_GE(stop.counters.run_ns, 50 * kMs);
    EXPECT_LE(stop.counters.run_ns, 150 * kMs);
}

INSTANTIATE_TEST_SUITE_P(Guests, Deadline, testing::Values("loops", "loops_in_ring0", "idles_forever", "fast_tick"),
                         [](const auto& value) { return value.param; });

using Time = GuestTest;

TEST_F(Time, OfAGuestThatDoesNotRunIsNotCpuTime) {
    load("idles_forever");

    const vmm::Stop stop = run(abi::EventKind::invoke, 100ms);

    EXPECT_LT(stop.counters.cpu_ns, 30 * kMs);
}

TEST_F(Time, TicksAreAtMostOneEachHalfMillisecond) {
    load("fast_tick");

    const vmm::Stop stop = run(abi::EventKind::invoke, 1s);

    EXPECT_LE(stop.counters.exits, stop.counters.run_ns / (kMs / 2) + 10u);
    EXPECT_GT(stop.counters.exits, 10u);
}

TEST_F(Time, TicksAreCountedWhileTheKernelRuns) {
    const vmm::Stop stop = load_and_run("counts_ticks_in_kernel");

    EXPECT_EQ(stop.reason, StopReason::exited) << stop.detail;
    EXPECT_GE(stop.counters.run_ns, 5 * kMs);
}

TEST_F(Time, TicksInterruptAProgram) {
    const vmm::Stop stop = load_and_run("takes_ticks");

    EXPECT_EQ(stop.reason, StopReason::exited) << stop.detail;
    EXPECT_GE(stop.counters.run_ns, 5 * kMs);
}

TEST_F(Time, IdleEndsWhenItsTimeHasCome) {
    const vmm::Stop stop = load_and_run("idles_until");

    EXPECT_EQ(stop.reason, StopReason::exited) << stop.detail;
    EXPECT_GE(stop.counters.run_ns, 30 * kMs);
    EXPECT_LE(stop.counters.run_ns, 130 * kMs);
}

TEST_F(Time, NoTickFallsDueWhileTheGuestIdles) {
    const vmm::Stop stop = load_and_run("idles_with_tick");

    EXPECT_EQ(stop.reason, StopReason::exited) << stop.detail;
    EXPECT_GE(stop.counters.run_ns, 200 * kMs);
    EXPECT_EQ(stop.exit_status, 0u);
    EXPECT_EQ(stop.counters.exits, 3u);
}

TEST_F(Time, InputReachesTheGuestUntilItsEnd) {
    load("echoes_input");
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    ASSERT_EQ(::write(ends[1], "hello", 5), 5);
    ::close(ends[1]);
    std::string echoed;
    vmm::RunRequest request;
    request.timeout_ns = 5000 * kMs;
    request.input_fd = ends[0];
    request.log_sink = [&echoed](abi::LogStream, std::span<const std::byte> text) {
        echoed.append(reinterpret_cast<const char*>(text.data()), text.size());
    };

    const vmm::Stop stop = run(request);

    ::close(ends[0]);
    EXPECT_EQ(stop.reason, StopReason::exited) << stop.detail;
    EXPECT_EQ(echoed, "hello");
}

TEST_F(Time, WithoutInputTheGuestSeesItsEnd) {
    const vmm::Stop stop = load_and_run("echoes_input");

    EXPECT_EQ(stop.reason, StopReason::exited) << stop.detail;
}

}  // namespace
}  // namespace mayfly::test
