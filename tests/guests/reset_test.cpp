// A reset leaves nothing of a run in the vCPU; what ring 0 changed makes a microVM unusable.
#include <gmock/gmock.h>

#include <cstring>

#include "guest_machine.h"
#include "vmm/backend.h"

namespace mayfly::test {
namespace {

using testing::HasSubstr;
using vmm::StopReason;

constexpr std::uint64_t kCanary = 0x5ec2e75ec2e0;

class Reset : public GuestTest {
protected:
    // Boots to the first wait and takes that as the state to go back to.
    void load_and_capture(const std::string& name) {
        load(name);
        ASSERT_EQ(run(abi::EventKind::boot).reason, StopReason::waiting);
        const auto captured = machine().capture_cpu();
        ASSERT_TRUE(captured) << captured.error().message();
    }
    vmm::Stop answer() { return run(abi::EventKind::invoke); }
    bool emulates_ring0() const { return *vmm::detect_backend(kvm()) == vmm::Backend::pvm; }
};

TEST_F(Reset, IsNeededForRegistersToBeForgotten) {
    load_and_capture("answers");

    answer();
    const vmm::Stop stop = answer();

    EXPECT_EQ(stop.reason, StopReason::waiting) << stop.detail;
    EXPECT_EQ(reply_word(0), 2u);
    EXPECT_EQ(reply_word(1), kCanary);
    EXPECT_EQ(reply_word(2), kCanary);
}

TEST_F(Reset, ForgetsVectorAndGeneralRegisters) {
    load_and_capture("answers");

    answer();
    const auto reset = machine().reset_cpu();
    const vmm::Stop stop = answer();

    ASSERT_TRUE(reset) << reset.error().message();
    EXPECT_EQ(stop.reason, StopReason::waiting) << stop.detail;
    EXPECT_EQ(reply_word(1), 0u);
    EXPECT_EQ(reply_word(2), 0u);
}

TEST_F(Reset, KeepsTheTickThatTheGuestWantedAtItsSnapshot) {
    load_and_capture("wants_tick_at_resume");

    const vmm::Stop first = answer();
    const auto reset = machine().reset_cpu();
    const vmm::Stop second = answer();

    ASSERT_TRUE(reset) << reset.error().message();
    EXPECT_EQ(first.reason, StopReason::waiting) << first.detail;
    EXPECT_EQ(second.reason, StopReason::waiting) << second.detail;
}

TEST_F(Reset, OfAThousandRunsNeedsOneExitEach) {
    load_and_capture("answers");
    std::uint64_t exits = 0;

    for (int round = 0; round < 1000; ++round) {
        exits += answer().counters.exits;
        ASSERT_TRUE(machine().reset_cpu());
    }

    EXPECT_EQ(exits, 1000u);
    EXPECT_EQ(reply_word(0), 1000u);
}

TEST_F(Reset, ForgetsTheSwappedGsBase) {
    load_and_capture("keeps_gs_base");

    answer();
    const auto reset = machine().reset_cpu();
    const vmm::Stop stop = answer();

    ASSERT_TRUE(reset) << reset.error().message();
    EXPECT_EQ(stop.reason, StopReason::waiting) << stop.detail;
    EXPECT_EQ(reply_word(0), 0u);
}

TEST_F(Reset, ForgetsDebugRegisters) {
    load_and_capture("keeps_debug_register");

    const vmm::Stop first = answer();
    answer();
    const std::uint64_t kept = reply_word(0);
    const auto reset = machine().reset_cpu();
    const vmm::Stop stop = answer();

    EXPECT_EQ(first.reason, StopReason::waiting) << first.detail;
    EXPECT_EQ(kept, 0x5ec2e7u);
    ASSERT_TRUE(reset) << reset.error().message();
    EXPECT_EQ(stop.reason, StopReason::waiting) << stop.detail;
    EXPECT_EQ(reply_word(0), 0u);
}

// What makes a reset cheap. Where KVM does not emulate ring 0 nothing can be known, and everything is put back.
TEST_F(Reset, FindsNoTracesOfAnOrdinaryRunWhereRing0IsEmulated) {
    load_and_capture("answers");
    answer();
    ASSERT_TRUE(machine().reset_cpu());
    answer();

    const auto traces = machine().reset_cpu();

    ASSERT_TRUE(traces) << traces.error().message();
    EXPECT_EQ(traces->privileged_state, !emulates_ring0());
    EXPECT_EQ(traces->translations, !emulates_ring0());
}

TEST_F(Reset, FindsTracesOfRing0) {
    load_and_capture("keeps_gs_base");
    for (int round = 0; round < 3; ++round) {
        answer();
        const auto traces = machine().reset_cpu();
        ASSERT_TRUE(traces) << traces.error().message();
        EXPECT_TRUE(traces->privileged_state);
    }
}

TEST_F(Reset, ForgetsATranslationThatWasMadeWithoutRing0) {
    load_and_capture("maps_what_it_is_told");
    constexpr std::size_t kTable = 0x180'0000;
    const auto answer_through = [&](std::uint64_t page) {
        const std::uint64_t entry = kTable + page + 0x67;
        std::memcpy(ram().data() + kTable + 0x3000, &entry, sizeof entry);
        EXPECT_EQ(answer().reason, StopReason::waiting);
        return reply_word(0);
    };
    for (int round = 0; round < 3; ++round) {
        EXPECT_EQ(answer_through(0x4000), 111u);
        ASSERT_TRUE(machine().reset_cpu());
        EXPECT_EQ(answer_through(0x5000), 222u);
        const auto traces = machine().reset_cpu();
        ASSERT_TRUE(traces) << traces.error().message();
        EXPECT_TRUE(traces->translations);
    }
}

TEST_F(Reset, LeavesNothingOfTheLastRunInTheExchangeArea) {
    load_and_capture("answers");
    answer();
    const std::uint64_t reply = reply_word(0);

    ASSERT_TRUE(machine().reset_cpu());
    const auto event = exchange().subspan(abi::kEventOffset);
    event[0] = std::byte{'{'};
    event[1] = std::byte{'x'};
    ASSERT_TRUE(machine().exchange().scrub(1));

    EXPECT_EQ(reply, 1u);
    EXPECT_EQ(reply_word(0), 0u);
    machine().exchange().begin_event();  // the machine has read it too
    EXPECT_EQ(machine().exchange().mailbox().reply_length, 0u);
    EXPECT_EQ(event[0], std::byte{'{'});
    EXPECT_EQ(event[1], std::byte{0});
}

TEST_F(Reset, OfPageTablesByTheHostTakesEffectAfterTranslationsAreDropped) {
    load_and_capture("rewrites_page_table");
    answer();
    ASSERT_EQ(reply_word(0), 111u);
    ASSERT_EQ(reply_word(1), 222u);
    constexpr std::uint64_t kEntry = 0x1802000;
    constexpr std::uint64_t kFirstMapping = 0x1804067;

    const auto reset = machine().reset_cpu();
    std::memcpy(ram().data() + kEntry, &kFirstMapping, sizeof kFirstMapping);
    const auto dropped = machine().drop_translations();
    const vmm::Stop stop = answer();

    ASSERT_TRUE(reset) << reset.error().message();
    ASSERT_TRUE(dropped) << dropped.error().message();
    EXPECT_EQ(stop.reason, StopReason::waiting) << stop.detail;
    EXPECT_EQ(reply_word(0), 111u);
}

class Tampering : public GuestTest, public testing::WithParamInterface<std::pair<std::string, std::string>> {};

TEST_P(Tampering, IsACrashAlthoughTheGuestWaits) {
    load(GetParam().first);

    const vmm::Stop stop = run(abi::EventKind::boot);

    EXPECT_EQ(stop.reason, StopReason::crashed);
    EXPECT_THAT(stop.detail, HasSubstr("changed " + GetParam().second));
}

INSTANTIATE_TEST_SUITE_P(Guests, Tampering,
                         testing::Values(std::pair<std::string, std::string>{"changes_cr0", "CR0"},
                                         std::pair<std::string, std::string>{"changes_idt", "IDTR"}),
                         [](const auto& value) { return value.param.first; });

}  // namespace
}  // namespace mayfly::test
