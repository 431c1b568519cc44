#include "runtime/outcome.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mayfly::runtime {
namespace {

using ::testing::HasSubstr;

Stop stop_with(StopReason reason, std::uint32_t reply_status = 0, std::uint32_t exit_status = 0) {
    Stop stop;
    stop.reason = reason;
    stop.reply_status = reply_status;
    stop.exit_status = exit_status;
    return stop;
}

TEST(VerdictOfInvocation, FollowsTheReplyWhenTheGuestWaits) {
    EXPECT_EQ(verdict_of_invocation(stop_with(StopReason::waiting, 0)).outcome, Outcome::finished);
    EXPECT_EQ(verdict_of_invocation(stop_with(StopReason::waiting, 1)).outcome, Outcome::function_error);
    EXPECT_EQ(verdict_of_invocation(stop_with(StopReason::waiting, 0xdead)).outcome, Outcome::function_error);
}

TEST(VerdictOfInvocation, NamesEveryOtherEnd) {
    EXPECT_EQ(verdict_of_invocation(stop_with(StopReason::panic)).outcome, Outcome::crashed);
    EXPECT_EQ(verdict_of_invocation(stop_with(StopReason::crashed)).outcome, Outcome::crashed);
    EXPECT_EQ(verdict_of_invocation(stop_with(StopReason::timed_out)).outcome, Outcome::timed_out);
    EXPECT_EQ(verdict_of_invocation(stop_with(StopReason::out_of_memory)).outcome, Outcome::out_of_memory);
    EXPECT_EQ(verdict_of_invocation(stop_with(StopReason::host_error)).outcome, Outcome::host_error);
}

TEST(VerdictOfInvocation, SaysHowTheProgramEnded) {
    const Verdict exited = verdict_of_invocation(stop_with(StopReason::exited, 0, 3 << 8));
    const Verdict killed = verdict_of_invocation(stop_with(StopReason::exited, 0, 11));

    EXPECT_EQ(exited.outcome, Outcome::crashed);
    EXPECT_THAT(exited.cause, HasSubstr("exited with status 3"));
    EXPECT_THAT(killed.cause, HasSubstr("signal 11 (SIGSEGV)"));
}

TEST(NameLimit, SaysWhichLimitAndHowItIsSet) {
    const NamedLimits limits{std::chrono::milliseconds(1500), std::chrono::milliseconds(200), 128};
    const auto cause_of = [&](const Stop& stop) {
        Verdict verdict = verdict_of_invocation(stop);
        name_limit(verdict, stop, limits);
        return verdict.cause;
    };

    EXPECT_EQ(cause_of(stop_with(StopReason::timed_out)), "the time limit of 1.5 s was reached (--timeout)");
    EXPECT_EQ(cause_of(stop_with(StopReason::out_of_cpu_time)),
              "the limit of 0.2 s of processor time was reached (--cpu-time)");
    EXPECT_EQ(cause_of(stop_with(StopReason::out_of_memory)), "the memory limit of 128 MB was reached (--memory)");
    EXPECT_EQ(cause_of(stop_with(StopReason::waiting)), "");
    EXPECT_EQ(verdict_of_invocation(stop_with(StopReason::out_of_cpu_time)).outcome, Outcome::timed_out);
}

TEST(VerdictOfProgram, AnyExitIsFinished) {
    EXPECT_EQ(verdict_of_program(stop_with(StopReason::exited, 0, 3 << 8)).outcome, Outcome::finished);
    EXPECT_EQ(verdict_of_program(stop_with(StopReason::waiting)).outcome, Outcome::crashed);
}

TEST(ExitCodeOf, IsTheShells) {
    EXPECT_EQ(exit_code_of(3 << 8), 3);
    EXPECT_EQ(exit_code_of(0), 0);
    EXPECT_EQ(exit_code_of(9), 137);
    EXPECT_EQ(exit_code_of(11 | 0x80), 139);
}

}  // namespace
}  // namespace mayfly::runtime
