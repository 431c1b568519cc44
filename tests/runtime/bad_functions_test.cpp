// Functions that misbehave (functions/README.md): each has its outcome, and the next event is answered.
#include <nlohmann/json.hpp>

#include "tests/runtime/test_engine.h"

namespace mayfly::test {
namespace {

using ::testing::AnyOf;
using ::testing::Eq;
using ::testing::HasSubstr;

struct BadFunction {
    const char* name;
    const char* event;
    std::vector<Outcome> outcomes;
    Mode mode = Mode::pristine;
    // Of {"behave": true} afterwards.
    Outcome next = Outcome::finished;
    const char* next_reply = "\"ok\"";
};

void PrintTo(const BadFunction& bad, std::ostream* out) { *out << bad.name << ' ' << to_string(bad.mode); }

class Bad : public ::testing::TestWithParam<BadFunction> {};

TEST_P(Bad, EndsAsItShouldAndLosesNothing) {
    FunctionOptions options = options_of(GetParam().name);
    // Those that end by themselves get the time for it, on a busy machine too.
    const bool ends = GetParam().outcomes != std::vector{Outcome::timed_out};
    options.timeout = std::chrono::seconds(ends ? 30 : 2);
    Function function = load(options);

    const Invocation bad = invoke(function, GetParam().event, GetParam().mode);
    const Invocation next = invoke(function, R"({"behave": true})", GetParam().mode);

    EXPECT_THAT(GetParam().outcomes, ::testing::Contains(bad.outcome))
        << to_string(bad.outcome) << ": " << bad.cause << '\n'
        << bad.reply.substr(0, 500) << text_of(bad.logs);
    EXPECT_EQ(next.outcome, GetParam().next) << next.cause << text_of(next.logs);
    if (GetParam().next == Outcome::finished) {
        EXPECT_EQ(next.reply, GetParam().next_reply);
    }
}

using enum Outcome;

INSTANTIATE_TEST_SUITE_P(
    Pristine, Bad,
    ::testing::Values(
        BadFunction{"infinite_loop", "{}", {timed_out}}, BadFunction{"sleeps_for_ever", "{}", {timed_out}},
        BadFunction{"signal_handler_loop", "{}", {timed_out}}, BadFunction{"native_signal_loop", "{}", {timed_out}},
        BadFunction{"memory_hog", "{}", {out_of_memory}}, BadFunction{"many_small_objects", "{}", {out_of_memory}},
        BadFunction{"recursion_to_death", "{}", {crashed}}, BadFunction{"segmentation_fault", "{}", {crashed}},
        BadFunction{"aborts", "{}", {crashed}}, BadFunction{"hard_exit", "{}", {crashed}},
        BadFunction{"kills_itself", "{}", {crashed}}, BadFunction{"recursion_error", "{}", {function_error}},
        BadFunction{"exits_politely", "{}", {function_error}}, BadFunction{"raises", "{}", {function_error}},
        BadFunction{"not_json", "{}", {function_error}, Mode::pristine, function_error},
        BadFunction{"reply_too_big", "{}", {function_error}, Mode::pristine, function_error},
        BadFunction{"fork_bomb", "{}", {finished}}, BadFunction{"log_flood", "{}", {finished, timed_out}},
        BadFunction{"fills_tmp", "{}", {finished}, Mode::pristine, finished, R"({"files": []})"},
        BadFunction{"device_abuse", R"({"how": "close"})", {crashed}},
        BadFunction{"device_abuse", R"({"how": "garbage"})", {finished}},
        BadFunction{"device_abuse", R"({"how": "twice"})", {finished}},
        BadFunction{"device_abuse", R"({"how": "read"})", {crashed}},
        BadFunction{"kernel_abuse", R"({"where": "kernel"})", {crashed, timed_out}},
        BadFunction{"kernel_abuse", R"({"where": "memory", "byte": 0})", {crashed, timed_out}}));

INSTANTIATE_TEST_SUITE_P(Stateful, Bad,
                         ::testing::Values(BadFunction{"infinite_loop", "{}", {timed_out}, Mode::stateful},
                                           BadFunction{"hard_exit", "{}", {crashed}, Mode::stateful},
                                           BadFunction{"raises", "{}", {function_error}, Mode::stateful}));

INSTANTIATE_TEST_SUITE_P(Fresh, Bad,
                         ::testing::Values(BadFunction{"infinite_loop", "{}", {timed_out}, Mode::fresh},
                                           BadFunction{"segmentation_fault", "{}", {crashed}, Mode::fresh}));

TEST(BadFunctionDetail, ACrashKeepsWhatWasPrinted) {
    Function function = load("hard_exit");

    const Invocation invocation = invoke(function, "{}");

    EXPECT_THAT(text_of(invocation.logs), ::testing::MatchesRegex("one\n.*two\nthree\nfour\n"));
    EXPECT_THAT(invocation.cause, HasSubstr("exited with status 3"));
}

TEST(BadFunctionDetail, AForkBombIsToldThatThereAreNoProcesses) {
    FunctionOptions options = options_of("fork_bomb");
    options.timeout = std::chrono::seconds(30);  // a thousand threads take seconds on a busy machine
    Function function = load(options);

    const auto reply = nlohmann::json::parse(invoke(function, "{}").reply);

    EXPECT_THAT(reply["forks"]["error"], AnyOf(Eq("EAGAIN"), Eq("ENOSYS")));
    EXPECT_EQ(reply["forks"]["count"], 0);
    EXPECT_GT(reply["threads"]["count"], 100);
    EXPECT_THAT(reply["threads"]["error"], HasSubstr("can't start new thread"));
}

TEST(BadFunctionDetail, AFullTmpIsToldAsSuchAndCanBeUsedAgain) {
    FunctionOptions options = options_of("fills_tmp");
    options.timeout = std::chrono::seconds(30);  // 64 MB of new memory, on a busy machine
    Function function = load(options);

    const auto reply = nlohmann::json::parse(invoke(function, "{}").reply);

    EXPECT_EQ(reply["error"], "ENOSPC");
    EXPECT_GT(reply["bytes"], 16 << 20);
    EXPECT_EQ(reply["again"], "there is room again");
}

TEST(BadFunctionDetail, AFunctionThatTakesTheNextEventItselfHasNotReplied) {
    Function function = load("device_abuse");

    const Invocation invocation = invoke(function, R"({"how": "read"})");

    EXPECT_EQ(invocation.outcome, crashed);
    EXPECT_THAT(invocation.cause, HasSubstr("without a reply"));
}

TEST(BadFunctionDetail, OnlyTheLastReplyToAnEventCounts) {
    Function function = load("device_abuse");

    EXPECT_EQ(invoke(function, R"({"how": "twice"})").reply, R"("ok")");
}

TEST(BadFunctionDetail, AnExceptionHasTypeMessageTraceAndRequest) {
    Function function = load("raises");
    InvokeOptions options;
    options.request_id = "request-7";

    const auto error = nlohmann::json::parse(invoke(function, "{}", options).reply);

    EXPECT_EQ(error["errorType"], "OrderRefused");
    EXPECT_EQ(error["errorMessage"], "order 7 is refused");
    EXPECT_EQ(error["requestId"], "request-7");
    EXPECT_THAT(error["stackTrace"].dump(), HasSubstr("app.py"));
}

class NotCreated : public ::testing::TestWithParam<const char*> {};

TEST_P(NotCreated, IsAnErrorOfTheFunctionAndNothingIsLeft) {
    OwnHome home;
    Engine engine = home.open();
    FunctionOptions options = options_of(GetParam());

    const auto created = engine.create_function(options);

    ASSERT_FALSE(created);
    EXPECT_EQ(created.error().code, ErrorCode::function) << created.error().message();
    EXPECT_TRUE(engine.functions()->empty());
    EXPECT_TRUE(std::filesystem::is_empty(home.path() / "temporary"));
}

INSTANTIATE_TEST_SUITE_P(All, NotCreated,
                         ::testing::Values("import_error", "syntax_error", "fails_at_import", "missing_handler",
                                           "endless_import"));

TEST(BadFunctionDetail, AFaultLeavesRegistersAndABacktrace) {
    Function function = load("segmentation_fault");

    const std::string log = text_of(invoke(function, "{}").logs);

    EXPECT_THAT(log, HasSubstr("before the fault"));
    EXPECT_THAT(log, HasSubstr("program fault: segmentation fault (SIGSEGV) at address 0x0 in thread "));
    EXPECT_THAT(log, HasSubstr("rip "));
    EXPECT_THAT(log, HasSubstr("/libc.so.6+0x"));
}

}  // namespace
}  // namespace mayfly::test
