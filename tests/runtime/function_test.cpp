// Creating, updating, opening and removing functions; events and their limits.
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/runtime/test_engine.h"

namespace mayfly::test {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;

TEST(CreateFunction, CanBeInvokedByAnotherEngine) {
    OwnHome home;
    FunctionOptions options = options_of("echo");
    options.name = "echo";
    options.environment = {{"COLOUR", "green"}};
    ASSERT_TRUE(home.open().create_function(options));

    auto function = home.open().function("echo");

    ASSERT_TRUE(function) << function.error().message();
    const auto reply = Json::parse(invoke(*function, R"({"a": [1, "\u00e9"]})").reply);
    EXPECT_EQ(reply["event"], Json::parse(R"({"a": [1, "\u00e9"]})"));
    EXPECT_EQ(reply["function_name"], "echo");
    EXPECT_EQ(reply["memory_limit_in_mb"], 128);
}

TEST(CreateFunction, RefusesANameThatIsTaken) {
    OwnHome home;
    Engine engine = home.open();
    ASSERT_TRUE(engine.create_function(options_of("echo")));

    EXPECT_EQ(engine.create_function(options_of("echo")).error().code, ErrorCode::exists);
}

TEST(CreateFunction, RefusesWhatMakesNoSense) {
    OwnHome home;
    Engine engine = home.open();
    const auto code_of_changed = [&](auto change) {
        FunctionOptions options = options_of("echo");
        change(options);
        const auto created = engine.create_function(options);
        return created ? ErrorCode::internal : created.error().code;
    };

    EXPECT_EQ(code_of_changed([](auto& o) { o.name = "../x"; }), ErrorCode::usage);
    EXPECT_EQ(code_of_changed([](auto& o) { o.handler = ""; }), ErrorCode::usage);
    EXPECT_EQ(code_of_changed([](auto& o) { o.memory_mb = 0; }), ErrorCode::usage);
    EXPECT_EQ(code_of_changed([](auto& o) { o.memory_mb = kMinMemoryMb - kMemoryStepMb; }), ErrorCode::usage);
    EXPECT_EQ(code_of_changed([](auto& o) { o.memory_mb = kMaxMemoryMb + kMemoryStepMb; }), ErrorCode::usage);
    EXPECT_EQ(code_of_changed([](auto& o) { o.memory_mb = ~0u; }), ErrorCode::usage);
    EXPECT_EQ(code_of_changed([](auto& o) { o.memory_mb = 129; }), ErrorCode::usage);
    EXPECT_EQ(code_of_changed([](auto& o) { o.timeout = std::chrono::milliseconds(0); }), ErrorCode::usage);
    EXPECT_EQ(code_of_changed([](auto& o) { o.timeout = kMaxTimeout + std::chrono::milliseconds(1); }),
              ErrorCode::usage);
    EXPECT_EQ(code_of_changed([](auto& o) { o.environment = {{"A=B", "x"}}; }), ErrorCode::usage);
    EXPECT_EQ(code_of_changed([](auto& o) {
                  o.environment = {{"A", std::string(40'000, 'x')}};
              }),
              ErrorCode::too_large);
    EXPECT_EQ(code_of_changed([](auto& o) { o.code_directory = "/does/not/exist"; }), ErrorCode::usage);
    EXPECT_EQ(code_of_changed([](auto& o) { o.image = "absent"; }), ErrorCode::not_found);
}

TEST(CreateFunction, TakesTheLeastAndTheMostMemory) {
    OwnHome home;
    Engine engine = home.open();

    for (const std::uint32_t memory_mb : {kMinMemoryMb, kMaxMemoryMb}) {
        FunctionOptions options = options_of("echo");
        options.memory_mb = memory_mb;
        auto function = engine.temporary_function(options);
        ASSERT_TRUE(function) << function.error().message();
        EXPECT_EQ(invoke(*function, "{}").outcome, Outcome::finished);
    }
}

TEST(CreateFunction, TrainsWithAnEventOfWhichNothingIsLeft) {
    FunctionOptions options = options_of("counts");
    options.training_event = "{}";
    Function trained = load(options);
    options.training_event = "";
    Function untrained = load(options);

    const Invocation first = invoke(trained, "{}", Mode::stateful);
    const Invocation fresh = invoke(trained, "{}", Mode::fresh);
    const Invocation other = invoke(untrained, "{}", Mode::fresh);

    EXPECT_EQ(first.reply, other.reply);  // the first of a count
    EXPECT_EQ(fresh.reply, other.reply);
    // Pages that were brought in before cost no fault.
    EXPECT_LE(fresh.receipt.host_faults, other.receipt.host_faults + 8);
    EXPECT_EQ(trained.info().training_event, "{}");
}

TEST(CreateFunction, RefusesATrainingEventThatIsNotJson) {
    FunctionOptions options = options_of("counts");
    options.training_event = "{";

    const auto function = open_engine().temporary_function(options);

    ASSERT_FALSE(function);
    EXPECT_EQ(function.error().code, ErrorCode::usage);
}

TEST(UpdateFunction, KeepsWhatIsNotSaidAndServesOpenFunctionsAsBefore) {
    OwnHome home;
    Engine engine = home.open();
    FunctionOptions options = options_of("counts");
    options.memory_mb = 160;
    ASSERT_TRUE(engine.create_function(options));
    auto before = engine.function("test");
    FunctionUpdate update;
    update.code_directory = code_of("echo");

    const auto updated = engine.update_function("test", update);

    ASSERT_TRUE(updated) << updated.error().message();
    EXPECT_EQ(updated->memory_mb, 160u);
    auto after = engine.function("test");
    EXPECT_THAT(invoke(*before, "{}").reply, HasSubstr("memory"));
    EXPECT_THAT(invoke(*after, "{}").reply, HasSubstr("function_name"));
}

TEST(UpdateFunction, ThatCannotBeLoadedLeavesTheOldOne) {
    OwnHome home;
    Engine engine = home.open();
    ASSERT_TRUE(engine.create_function(options_of("counts")));
    FunctionUpdate update;
    update.code_directory = code_of("syntax_error");

    EXPECT_EQ(engine.update_function("test", update).error().code, ErrorCode::function);

    auto function = engine.function("test");
    EXPECT_EQ(invoke(*function, "{}").outcome, Outcome::finished);
}

// hostile: C19
TEST(RemoveFunction, ServesThoseWhoHaveItOpen) {
    OwnHome home;
    Engine engine = home.open();
    ASSERT_TRUE(engine.create_function(options_of("counts")));
    auto function = engine.function("test");

    ASSERT_TRUE(engine.remove_function("test"));

    EXPECT_EQ(invoke(*function, "{}").outcome, Outcome::finished);
    EXPECT_EQ(engine.function("test").error().code, ErrorCode::not_found);
    EXPECT_EQ(engine.remove_function("test").error().code, ErrorCode::not_found);
}

TEST(RemoveImage, IsRefusedWhileAFunctionUsesIt) {
    OwnHome home;
    Engine engine = home.open();
    ASSERT_TRUE(engine.create_function(options_of("counts")));

    EXPECT_EQ(engine.remove_image("python3.11").error().code, ErrorCode::usage);
    ASSERT_TRUE(engine.remove_function("test"));
    EXPECT_TRUE(engine.remove_image("python3.11"));
}

TEST(Event, IsRefusedWhenItIsNotJsonOrTooLong) {
    Function function = load("echo");

    EXPECT_EQ(invoke(function, "{").outcome, Outcome::refused);
    EXPECT_EQ(invoke(function, "\"" + std::string(kMaxEventBytes, 'x') + "\"").outcome, Outcome::refused);
    EXPECT_EQ(invoke(function, "7").outcome, Outcome::finished);
}

TEST(Event, AndReplyOfTheLargestSizeArriveWhole) {
    FunctionOptions options = options_of("returns_its_event");
    options.memory_mb = 512;
    options.timeout = std::chrono::seconds(30);
    Function function = load(options);
    const std::string event = "\"" + std::string(kMaxEventBytes - 2, 'x') + "\"";

    const Invocation invocation = invoke(function, event);

    ASSERT_EQ(invocation.outcome, Outcome::finished) << invocation.cause << invocation.reply.substr(0, 300);
    EXPECT_TRUE(invocation.reply == event);
    const std::string one_more = "{\"characters\": " + std::to_string(kMaxEventBytes - 1) + "}";
    EXPECT_EQ(invoke(function, one_more).outcome, Outcome::function_error);
}

TEST(Context, AndFilesAreAsDocumented) {
    Function function = load("echo");

    const auto told = Json::parse(invoke(function, "{}").reply);

    EXPECT_EQ(told["files"], Json::parse(R"(["app.py"])"));
    EXPECT_EQ(told["writable"], false);
    EXPECT_EQ(told["tmp"], Json::array());
    EXPECT_FALSE(told["log_stream_name"].get<std::string>().empty());
    EXPECT_GT(told["remaining_ms"], 1000);
    EXPECT_LE(told["remaining_ms"], 3000);
}

TEST(Hooks, RunAroundTheSnapshot) {
    Function function = load("hooks");
    const char* const order = R"(["import", "before_snapshot", "after_restore", "handler"])";

    EXPECT_EQ(invoke(function, "{}", Mode::pristine).reply, order);
    EXPECT_EQ(invoke(function, "{}", Mode::pristine).reply, order);
    EXPECT_EQ(invoke(function, "{}", Mode::fresh).reply, order);
}

TEST(RequestId, IsTheFunctions) {
    Function function = load("echo");
    InvokeOptions options;
    options.request_id = "my-request";

    EXPECT_EQ(Json::parse(invoke(function, "{}", options).reply)["request_id"], "my-request");

    options.request_id = std::string(64, 'x');
    EXPECT_EQ(function.invoke("{}", options).error().code, ErrorCode::usage);
}

TEST(Logs, FollowTheirPolicy) {
    Function function = load("log_flood");
    const std::string event = R"({"bytes": 100000})";
    InvokeOptions none;
    none.log = LogPolicy::none;
    InvokeOptions tail;
    tail.log = LogPolicy::tail;
    InvokeOptions all;
    all.log = LogPolicy::all;

    EXPECT_TRUE(invoke(function, event, none).logs.empty());
    const std::string last = text_of(invoke(function, event, tail).logs);
    EXPECT_EQ(last.size(), 4096u);
    EXPECT_THAT(last, HasSubstr("last line"));
    const std::string whole = text_of(invoke(function, event, all).logs);
    EXPECT_GT(whole.size(), 100'000u);
    EXPECT_THAT(whole, HasSubstr("first line"));
}

TEST(Logs, BeyondTheirLimitKeepTheEnd) {
    Function function = load("log_flood");
    InvokeOptions all;
    all.log = LogPolicy::all;

    const Invocation invocation = invoke(function, R"({"bytes": 3000000})", all);

    const std::string text = text_of(invocation.logs);
    EXPECT_THAT(text, ::testing::EndsWith("last line\n"));
    EXPECT_GT(text.size(), 900'000u);
    EXPECT_LE(text.size(), std::size_t{1} << 20);
    EXPECT_GT(invocation.receipt.log_dropped_bytes, 1'900'000u);
}

TEST(Threads, ShareAFunctionAndEachGetsItsOwnReply) {
    Function function = load("echo");
    std::vector<std::thread> threads;
    std::atomic<int> right = 0;
    for (int thread = 0; thread < 4; ++thread)
        threads.emplace_back([&, thread] {
            for (int i = 0; i < 10; ++i) {
                const std::string event = std::to_string(thread * 1000 + i);
                const Mode mode = thread % 2 == 0 ? Mode::pristine : Mode::stateful;
                const auto reply = Json::parse(invoke(function, event, mode).reply, nullptr, false);
                if (reply.is_object() && reply["event"].dump() == event) ++right;
            }
        });
    for (std::thread& thread : threads) thread.join();

    EXPECT_EQ(right, 40);
}

}  // namespace
}  // namespace mayfly::test
