// Each misbehaviour of a guest ends that guest with the right reason, and a sentence that names it.
#include <gmock/gmock.h>

#include "guest_machine.h"

namespace mayfly::test {
namespace {

using testing::HasSubstr;
using vmm::StopReason;

struct Misbehaviour {
    std::string guest;
    std::string sentence;  // part of the detail
};

std::ostream& operator<<(std::ostream& out, const Misbehaviour& value) { return out << value.guest; }

class Crash : public GuestTest, public testing::WithParamInterface<Misbehaviour> {};

TEST_P(Crash, EndsTheMicroVmAndSaysWhy) {
    const vmm::Stop stop = load_and_run(GetParam().guest);

    EXPECT_EQ(stop.reason, StopReason::crashed);
    EXPECT_THAT(stop.detail, HasSubstr(GetParam().sentence));
    EXPECT_THAT(stop.detail, HasSubstr("at RIP 0xffffffff80"));
}

INSTANTIATE_TEST_SUITE_P(Guests, Crash,
                         testing::Values(Misbehaviour{"triple_fault", "triple fault"}, Misbehaviour{"halts", "halted"},
                                         Misbehaviour{"wrong_port", "wrote to port 0x80"},
                                         Misbehaviour{"reads_port", "read from port 0x4d46"},
                                         Misbehaviour{"rings_with_byte", "1 x 1 bytes"},
                                         Misbehaviour{"rings_with_word", "1 x 2 bytes"},
                                         Misbehaviour{"rings_in_bulk", "rang the doorbell"},
                                         Misbehaviour{"touches_hole", "read from guest-physical address 0x4000ffe000"},
                                         Misbehaviour{"writes_control", "wrote to guest-physical address 0x4000fff000"},
                                         Misbehaviour{"reads_msr", "triple fault"},
                                         Misbehaviour{"unknown_operation", "unknown operation 99"},
                                         Misbehaviour{"huge_reply", "4294967295 bytes"},
                                         Misbehaviour{"unknown_reply_status", "unknown status"}),
                         [](const auto& value) { return value.param.guest; });

using Guest = GuestTest;

TEST_F(Guest, ThatExitsGivesItsStatus) {
    const vmm::Stop stop = load_and_run("exits");

    EXPECT_EQ(stop.reason, StopReason::exited);
    EXPECT_EQ(stop.exit_status, 42u << 8);
    EXPECT_EQ(stop.counters.exits, 1u);
}

TEST_F(Guest, ThatMakesHypercallsDoesNotSpin) {
    const vmm::Stop stop = load_and_run("hypercall");

    EXPECT_EQ(stop.reason, StopReason::exited) << stop.detail;
}

TEST_F(Guest, ThatMakesAHypercallInRing0DoesNotSpin) {
    const vmm::Stop stop = load_and_run("hypercall_in_ring0");

    EXPECT_EQ(stop.reason, StopReason::crashed) << stop.detail;
}

TEST_F(Guest, ThatPanicsSaysWhyInOneLine) {
    const vmm::Stop stop = load_and_run("panics");

    EXPECT_EQ(stop.reason, StopReason::panic);
    EXPECT_THAT(stop.detail, HasSubstr("out of ideas"));
}

TEST_F(Guest, WithoutMemoryEndsAsOutOfMemory) {
    const vmm::Stop stop = load_and_run("out_of_memory");

    EXPECT_EQ(stop.reason, StopReason::out_of_memory);
}

TEST_F(Guest, WithABrokenKernelIsRefusedBeforeItRuns) {
    load("exits");
    const std::string nonsense(4096, 'x');

    const auto booted = machine().boot(std::as_bytes(std::span(nonsense)));

    ASSERT_FALSE(booted);
    EXPECT_EQ(booted.error().code, ErrorCode::corrupt);
}

}  // namespace
}  // namespace mayfly::test
