// Processes of microVMs: what happens when one dies, and that none is left.
#include <signal.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "tests/runtime/test_engine.h"

namespace mayfly::test {
namespace {

TEST(MicrovmProcess, ThatIsKilledWhileIdleIsReplacedWithoutNotice) {
    Function function = load("echo");
    invoke(function, "{}");
    for (const pid_t pid : children()) ::kill(pid, SIGKILL);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));

    const Invocation next = invoke(function, "{}");
    const Invocation after = invoke(function, "{}");

    EXPECT_TRUE(next.outcome == Outcome::finished || next.outcome == Outcome::host_error) << next.cause;
    EXPECT_EQ(after.outcome, Outcome::finished) << after.cause;
}

TEST(MicrovmProcess, ThatIsKilledWhileItRunsEndsOneInvocation) {
    FunctionOptions options = options_of("infinite_loop");
    options.timeout = std::chrono::seconds(20);
    Function function = load(options);
    std::thread killer([] {
        std::this_thread::sleep_for(std::chrono::milliseconds(700));
        for (const pid_t pid : children()) ::kill(pid, SIGKILL);
    });

    const Invocation killed = invoke(function, "{}");
    killer.join();

    EXPECT_EQ(killed.outcome, Outcome::host_error);
    const Invocation next = invoke(function, R"({"behave": true})");
    EXPECT_EQ(next.outcome, Outcome::finished) << next.cause;
}

TEST(MicrovmProcess, ThatIsStoppedIsKilledAfterTheTimeLimit) {
    FunctionOptions options = options_of("infinite_loop");
    options.timeout = std::chrono::seconds(1);
    Function function = load(options);
    std::thread stopper([] {
        std::this_thread::sleep_for(std::chrono::milliseconds(400));
        for (const pid_t pid : children()) ::kill(pid, SIGSTOP);
    });

    const Invocation stopped = invoke(function, "{}");
    stopper.join();

    EXPECT_EQ(stopped.outcome, Outcome::timed_out) << stopped.cause;
    const Invocation next = invoke(function, R"({"behave": true})");
    EXPECT_EQ(next.outcome, Outcome::finished) << next.cause;
}

// They are blocked while it is started.
TEST(MicrovmProcess, TakesSignals) {
    Function function = load("echo");
    invoke(function, "{}");
    ASSERT_FALSE(children().empty());

    std::ifstream status("/proc/" + std::to_string(children().front()) + "/status");
    const std::string text{std::istreambuf_iterator<char>(status), {}};

    EXPECT_THAT(text, testing::HasSubstr("SigBlk:\t0000000000000000\n"));
}

TEST(MicrovmProcess, NoneIsLeftWhenTheEngineIsGone) {
    {
        Function function = load("counts");
        invoke(function, "{}", Mode::pristine);
        invoke(function, "{}", Mode::stateful);
        invoke(function, "{}", Mode::fresh);
        EXPECT_FALSE(children().empty());
    }

    EXPECT_TRUE(children().empty());
}

TEST(Interrupt, EndsAnInvocationAndEverythingAfterIt) {
    Engine engine = open_engine();
    FunctionOptions options = options_of("infinite_loop");
    options.timeout = std::chrono::seconds(20);
    auto function = engine.temporary_function(options);
    ASSERT_TRUE(function) << function.error().message();
    std::thread interrupter([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(500));
        engine.interrupt();
    });
    const auto begin = std::chrono::steady_clock::now();

    const auto invocation = function->invoke("{}");
    interrupter.join();

    EXPECT_FALSE(invocation);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
    EXPECT_FALSE(function->invoke("{}"));
    EXPECT_FALSE(engine.temporary_function(options));
}

}  // namespace
}  // namespace mayfly::test
