// What an event may see of those before it, and what an invocation costs in exits.
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "snapshot/manifest.h"
#include "tests/runtime/test_engine.h"

namespace mayfly::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

TEST(Modes, PristineForgetsWhatStatefulKeeps) {
    Function function = load("counts");
    for (int count = 1; count <= 100; ++count) {
        ASSERT_EQ(invoke(function, "{}", Mode::pristine).reply, R"({"memory": 1, "tmp": 1})") << count;
        ASSERT_EQ(invoke(function, "{}", Mode::stateful).reply,
                  "{\"memory\": " + std::to_string(count) + ", \"tmp\": " + std::to_string(count) + "}");
    }
}

TEST(Modes, FreshStartsAnewAHundredTimes) {
    Function function = load("counts");
    for (int count = 1; count <= 100; ++count) {
        const Invocation invocation = invoke(function, "{}", Mode::fresh);
        ASSERT_EQ(invocation.reply, R"({"memory": 1, "tmp": 1})") << count;
        ASSERT_TRUE(invocation.receipt.new_microvm);
    }
}

// A guest asks for its RAM as it needs it: what it had at the capture is there in every microVM, what an event got
// stays.
TEST(Modes, AMicrovmAsksForMemoryOnce) {
    FunctionOptions options = options_of("uses_memory");
    options.memory_mb = 512;
    auto function = open_engine().temporary_function(options);
    ASSERT_TRUE(function) << function.error().message();
    const auto exits_for = [&](std::string_view event, Mode mode) {
        const Invocation invocation = invoke(*function, event, mode);
        EXPECT_EQ(invocation.reply, "[100, " + std::string(event) + "]") << invocation.cause;
        return invocation.receipt.exits_by_reason.memory;
    };

    for (const Mode mode : {Mode::pristine, Mode::stateful}) {
        EXPECT_EQ(exits_for("90", mode), 0u);
        EXPECT_EQ(exits_for("250", mode), 2u);
        EXPECT_EQ(exits_for("250", mode), 0u);
    }
    EXPECT_EQ(exits_for("90", Mode::fresh), 0u);
    EXPECT_EQ(exits_for("250", Mode::fresh), 2u);
}

// A microVM that has slept is woken on its caller's processor, which must be free then.
TEST(Caller, SleepsWhileAMicrovmThatSleptAnswers) {
    constexpr int kEvents = 50;
    Function function = load("returns_its_event");
    const auto sleeps = [] {
        rusage usage{};
        ::getrusage(RUSAGE_THREAD, &usage);
        return usage.ru_nvcsw;
    };
    const auto before = sleeps();
    for (int event = 0; event < kEvents; ++event) {
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
        ASSERT_EQ(invoke(function, "1", Mode::pristine).reply, "1");
    }
    EXPECT_GE(sleeps() - before, kEvents * 3 / 2);  // one more than the pause in most events; none, if it stayed awake
}

TEST(ReadyMicrovms, AnswerAsOthersDo) {
    Engine engine = open_engine();
    const auto kept = engine.keep_ready("python3.11", 2);
    ASSERT_TRUE(kept) << kept.error().message();
    auto function = engine.temporary_function(options_of("counts"));
    ASSERT_TRUE(function) << function.error().message();

    for (int count = 1; count <= 30; ++count) {
        const Invocation invocation = invoke(*function, "{}", Mode::fresh);
        ASSERT_EQ(invocation.reply, R"({"memory": 1, "tmp": 1})") << invocation.cause;
        ASSERT_TRUE(invocation.receipt.new_microvm);
    }
    for (int count = 1; count <= 30; ++count)
        ASSERT_EQ(invoke(*function, "{}", Mode::pristine).reply, R"({"memory": 1, "tmp": 1})");
}

// What is sent to microVMs that are still being made is then on its way all at once: hundreds of descriptors.
TEST(Modes, AHundredFreshMicrovmsMayStartAtOnce) {
    rlimit files{};  // a hundred microVMs take some seven hundred descriptors here
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
    FunctionOptions patient = options_of("returns_its_event");
    patient.timeout = std::chrono::seconds(30);
    auto function = open_engine().temporary_function(patient);
    ASSERT_TRUE(function) << function.error().message();
    std::atomic<int> waiting{100};

    std::vector<std::thread> callers;
    for (int number = 0; number < 100; ++number)
        callers.emplace_back([&, number] {
            for (--waiting; waiting > 0;) std::this_thread::yield();
            InvokeOptions options;
            options.mode = Mode::fresh;
            const auto answer = function->invoke(std::to_string(number), options);
            ASSERT_TRUE(answer) << answer.error().message();
            EXPECT_EQ(answer->reply, std::to_string(number)) << answer->cause;
        });
    for (std::thread& caller : callers) caller.join();
}

TEST(Modes, AFreshMicrovmHasThePagesThatTwoEventsWrote) {
    Engine engine = open_engine();
    auto function = engine.temporary_function(options_of("randomness"));
    ASSERT_TRUE(function) << function.error().message();
    std::vector<std::uint64_t> faults;

    for (int count = 0; count < 4; ++count) faults.push_back(invoke(*function, "{}", Mode::fresh).receipt.host_faults);

    EXPECT_LT(faults[2], faults[0] * 3 / 4);
    EXPECT_LT(faults[3], faults[0] * 3 / 4);
}

TEST(ReadyMicrovms, HaveMostPagesThereAlready) {
    Engine engine = open_engine();
    auto function = engine.temporary_function(options_of("returns_its_event"));
    ASSERT_TRUE(function) << function.error().message();
    const auto faults_without = invoke(*function, "{}", Mode::fresh).receipt.host_faults;
    ASSERT_TRUE(engine.keep_ready("python3.11", 1));

    EXPECT_LT(invoke(*function, "{}", Mode::fresh).receipt.host_faults, faults_without / 2);
}

TEST(ReadyMicrovms, HaveReadWhatHandlersCommonlyUse) {
    Engine engine = open_engine();
    auto function = engine.temporary_function(options_of("greets"));
    ASSERT_TRUE(function) << function.error().message();
    const auto faults_without = invoke(*function, "{}", Mode::fresh).receipt.host_faults;
    Invocation last = invoke(*function, "{}", Mode::fresh);  // what two events wrote is known now

    ASSERT_TRUE(engine.keep_ready("python3.11", 1));
    last = invoke(*function, R"({"name": "Ada"})", Mode::fresh);

    EXPECT_NE(last.reply.find("Hello, Ada!"), std::string::npos) << last.reply;
    EXPECT_LT(last.receipt.host_faults, faults_without / 8);  // with the pages of a rehearsal only it is a quarter
}

TEST(ReadyMicrovms, AreReplacedAndEndWhenNoneIsWanted) {
    Engine engine = open_engine();
    ASSERT_TRUE(engine.keep_ready("python3.11", 3));
    const std::size_t with_three = children().size();
    ASSERT_TRUE(engine.keep_ready("python3.11", 1));

    EXPECT_EQ(with_three, 4u);  // and the zygote
    EXPECT_TRUE(comes_to_have(2)) << living_children();
}

TEST(ReadyMicrovms, ThatWereKilledAreNotMissed) {
    Engine engine = open_engine();
    auto function = engine.temporary_function(options_of("counts"));
    ASSERT_TRUE(function) << function.error().message();
    ASSERT_TRUE(engine.keep_ready("python3.11", 2));
    for (const pid_t pid : children()) ::kill(pid, SIGKILL);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));

    for (int count = 1; count <= 5; ++count)
        EXPECT_EQ(invoke(*function, "{}", Mode::fresh).reply, R"({"memory": 1, "tmp": 1})");
}

// As after `mayfly image build` over it.
TEST(ReadyMicrovms, TakeThePlaceOfThoseWithAnEarlierBase) {
    const OwnHome home;
    const Engine engine = home.open();
    ASSERT_TRUE(engine.keep_ready("python3.11", 2));
    const fs::path path = home.image() / "base" / "manifest";
    snapshot::Manifest manifest = snapshot::load_manifest(path)->manifest;
    manifest.created_at += 1;
    ASSERT_TRUE(snapshot::save_manifest(path, manifest));

    ASSERT_TRUE(engine.keep_ready("python3.11", 1));

    EXPECT_TRUE(comes_to_have(2)) << living_children();
}

TEST(ReadyMicrovms, EndThoughTheirImageIsGone) {
    const OwnHome home;
    Engine engine = home.open();
    ASSERT_TRUE(engine.keep_ready("python3.11", 2));
    ASSERT_TRUE(engine.remove_image("python3.11"));

    ASSERT_TRUE(engine.keep_ready("python3.11", 0));

    EXPECT_TRUE(comes_to_have(1)) << living_children();
}

TEST(ReadyMicrovms, AreMadeAgainAfterAFailureThatPasses) {
    Engine engine = open_engine();
    auto function = engine.temporary_function(options_of("counts"));
    ASSERT_TRUE(function) << function.error().message();
    ASSERT_TRUE(engine.keep_ready("python3.11", 1));
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    const rlimit none{3, files.rlim_max};  // no further descriptor

    EXPECT_EQ(invoke(*function, "{}", Mode::fresh).outcome, Outcome::finished);
    ::setrlimit(RLIMIT_NOFILE, &none);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    ::setrlimit(RLIMIT_NOFILE, &files);

    EXPECT_TRUE(comes_to_have(2)) << living_children();
}

TEST(ReadyMicrovms, NeedAnImage) {
    EXPECT_EQ(open_engine().keep_ready("absent", 1).error().code, ErrorCode::not_found);
}

TEST(Modes, APristineInvocationCostsOneExit) {
    Function function = load("counts");
    invoke(function, "{}", Mode::pristine);
    for (int count = 0; count < 20; ++count) ASSERT_EQ(invoke(function, "{}", Mode::pristine).receipt.exits, 1u);
}

TEST(Modes, AnOrdinaryEventTakesNoPageFault) {
    Function function = load("ordinary");
    invoke(function, R"({"name": "Ada"})", Mode::pristine);

    const Invocation invocation = invoke(function, R"({"name": "Grace"})", Mode::pristine);

    EXPECT_EQ(invocation.reply, R"({"people": 50, "numbers": 50, "sorted": "Grace 0"})");
    EXPECT_EQ(invocation.receipt.page_faults, 0u);
}

TEST(Modes, AThreadThatSleepsCostsAPristineInvocationNoExit) {
    Function function = load("background_thread");
    std::uint64_t fewest = ~0ull;

    // A tick falls due in an event that takes longer than its period.
    for (int count = 0; count < 20; ++count)
        fewest = std::min(fewest, invoke(function, "{}", Mode::pristine).receipt.exits);

    EXPECT_EQ(fewest, 1u);
}

TEST(Modes, AFunctionThatSleepsIsNotWokenByTicksOrProfiles) {
    Function function = load("background_thread");

    EXPECT_LE(invoke(function, R"({"sleep": 0.5})").receipt.exits, 20u);
    EXPECT_LE(invoke(function, R"({"sleep": 0.5, "profile": true})").receipt.exits, 20u);
}

TEST(Modes, TheFunctionsOwnModeIsTheDefault) {
    FunctionOptions options = options_of("counts");
    options.mode = Mode::stateful;
    Function function = load(options);

    invoke(function, "{}");

    EXPECT_THAT(invoke(function, "{}").reply, HasSubstr("\"memory\": 2"));
}

TEST(Receipt, SaysWhatAnInvocationUsed) {
    Function function = load("echo");
    const Receipt first = invoke(function, R"({"a": 1})", Mode::pristine).receipt;
    const Receipt second = invoke(function, R"({"a": 1})", Mode::pristine).receipt;

    EXPECT_TRUE(first.new_microvm);
    EXPECT_FALSE(second.new_microvm);
    EXPECT_EQ(first.reset_ns, 0u);
    EXPECT_GT(second.reset_ns, 0u);
    EXPECT_GT(second.reset_pages, 0u);
    EXPECT_GT(second.private_pages, 0u);
    EXPECT_GT(second.run_ns, 0u);
    EXPECT_EQ(second.event_bytes, 8u);
    EXPECT_GT(second.reply_bytes, 0u);
    EXPECT_GT(second.memory_peak_bytes, 1u << 20);
    EXPECT_GE(second.total_ns, second.queue_ns + second.resume_ns + second.run_ns);
}

}  // namespace
}  // namespace mayfly::test
