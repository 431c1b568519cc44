// A guest begins with a part of its RAM, and gets more of it when it asks.
#include <gmock/gmock.h>

#include <array>

#include "guest_machine.h"

namespace mayfly::test {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t kMib = 1 << 20;

class PluggedRam : public GuestTest {
protected:
    void load_with(std::uint64_t ram_bytes) {
        set_ram_bytes(ram_bytes);
        load("plugs_ram");
        ASSERT_FALSE(HasFatalFailure());
        ASSERT_EQ(run().reason, vmm::StopReason::waiting);
    }
    vmm::Stop ask_and_write(std::uint64_t times, std::uint64_t address) {
        const std::array<std::uint64_t, 2> event = {times, address};
        machine().exchange().write_event(std::as_bytes(std::span(event)));
        return run();
    }
    // In MiB, after the guest asked that often.
    std::uint64_t there_after(std::uint64_t times) {
        const vmm::Stop stop = ask_and_write(times, 32 * kMib - 8);
        EXPECT_EQ(stop.reason, vmm::StopReason::waiting) << stop.detail;
        EXPECT_EQ(stop.counters.exits_by_reason.memory, times);
        return reply_word(0) / kMib;
    }
};

TEST_F(PluggedRam, IsAPartAtFirstAndTwiceAsMuchEachTime) {
    load_with(300 * kMib);

    EXPECT_EQ(there_after(0), 64u);
    EXPECT_EQ(there_after(1), 128u);
    EXPECT_EQ(there_after(2), 300u);
}

TEST_F(PluggedRam, IsAllOfASmallOne) {
    load_with(32 * kMib);

    EXPECT_EQ(there_after(0), 32u);
}

TEST_F(PluggedRam, CanBeWrittenToItsEnd) {
    load_with(300 * kMib);

    EXPECT_EQ(ask_and_write(0, 64 * kMib - 8).reason, vmm::StopReason::waiting);
    EXPECT_EQ(ask_and_write(3, 300 * kMib - 8).reason, vmm::StopReason::waiting);
    EXPECT_EQ(ram()[300 * kMib - 8], std::byte{1});
}

// hostile: A6
TEST_F(PluggedRam, IsAllThatAGuestMayTouch) {
    load_with(300 * kMib);

    const vmm::Stop stop = ask_and_write(0, 64 * kMib);

    EXPECT_EQ(stop.reason, vmm::StopReason::crashed);
    EXPECT_THAT(stop.detail, HasSubstr("wrote to guest-physical address 0x4000000"));
}

// hostile: A13
TEST_F(PluggedRam, EndsAGuestThatWantsMoreThanThereIs) {
    load_with(300 * kMib);

    const vmm::Stop stop = ask_and_write(4, 0);

    EXPECT_EQ(stop.reason, vmm::StopReason::crashed);
    EXPECT_THAT(stop.detail, HasSubstr("asked for more RAM than it has"));
}

TEST_F(PluggedRam, IsThereAgainAfterARestoreAndAfterAReset) {
    load_with(300 * kMib);
    EXPECT_EQ(there_after(1), 128u);
    const auto cpu = machine().capture_cpu();
    ASSERT_TRUE(cpu);
    EXPECT_EQ(cpu->plugged_ram_bytes, 128 * kMib);

    EXPECT_EQ(there_after(2), 300u);
    ASSERT_TRUE(machine().reset_cpu());
    EXPECT_EQ(there_after(0), 300u);

    const std::vector<std::byte> content(ram().begin(), ram().begin() + 32 * kMib);
    load_with(300 * kMib);
    std::copy(content.begin(), content.end(), ram().begin());
    ASSERT_TRUE(machine().restore(*cpu, 0));
    EXPECT_EQ(there_after(0), 128u);
}

}  // namespace
}  // namespace mayfly::test
