// Limits of a function: each ends or stops what goes over it, the cause names it, the receipt has its peak.
#include <signal.h>
#include <unistd.h>

#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/runtime/test_engine.h"

namespace mayfly::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::HasSubstr;
using Json = nlohmann::json;

constexpr std::uint64_t kMs = 1'000'000;

bool host_has_control_groups() {
    for (const Check& check : diagnose())
        if (check.name == "control groups") return check.status == CheckStatus::ok;
    return false;
}

std::string read_text(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

// hostile: F3 B3
TEST(Limit, OfProcessorTimeEndsALoop) {
    FunctionOptions options = options_of("infinite_loop");
    options.timeout = 20s;
    options.cpu_time = 200ms;
    Function function = load(options);

    const Invocation invocation = invoke(function, "{}");

    EXPECT_EQ(invocation.outcome, Outcome::timed_out);
    EXPECT_EQ(invocation.cause, "the limit of 0.2 s of processor time was reached (--cpu-time)");
    EXPECT_GE(invocation.receipt.cpu_ns, 190 * kMs);
    EXPECT_LE(invocation.receipt.cpu_ns, 300 * kMs);
    EXPECT_EQ(invoke(function, R"({"behave": true})").outcome, Outcome::finished);
}

// hostile: F8
TEST(Limit, OfProcessorTimeLetsSleepersSleep) {
    FunctionOptions options = options_of("sleeps_for_ever");
    options.timeout = 1s;
    options.cpu_time = 200ms;
    Function function = load(options);

    const Invocation invocation = invoke(function, "{}");

    EXPECT_THAT(invocation.cause, HasSubstr("--timeout"));
    EXPECT_LE(invocation.receipt.total_ns, 3000 * kMs + invocation.receipt.resume_ns);
}

// hostile: F10
TEST(Limit, OfTheProcessorsShareIsKept) {
    if (!host_has_control_groups()) GTEST_SKIP() << "no control groups";
    FunctionOptions options = options_of("infinite_loop");
    options.timeout = 1s;
    options.cpu = 0.2;
    Function function = load(options);

    const Invocation invocation = invoke(function, "{}");

    EXPECT_EQ(invocation.outcome, Outcome::timed_out);
    EXPECT_LE(invocation.receipt.cpu_ns, 300 * kMs);
    EXPECT_LE(invocation.receipt.run_ns, 3000 * kMs);
}

// hostile: F5
TEST(Limit, OfTmpIsToldAsAFullDisk) {
    FunctionOptions options = options_of("fills_tmp");
    options.tmp_mb = 4;
    Function function = load(options);

    const Invocation invocation = invoke(function, "{}");

    const Json reply = Json::parse(invocation.reply);
    EXPECT_EQ(reply["error"], "ENOSPC");
    EXPECT_LE(reply["bytes"], 4 << 20);
    EXPECT_GE(invocation.receipt.tmp_peak_bytes, 3u << 20);
    EXPECT_LE(invocation.receipt.tmp_peak_bytes, 4u << 20);
}

// hostile: F4 A20
TEST(Limit, OfTheLogASecondIsThatOfAllInvocationsTogether) {
    constexpr std::uint64_t kBytesPerSecond = 16 << 20;
    constexpr std::uint64_t kEvents = 40;
    Function function = load("log_flood");
    InvokeOptions options;
    options.log = LogPolicy::all;
    const auto start = std::chrono::steady_clock::now();
    std::uint64_t kept = 0;
    std::uint64_t dropped = 0;
    for (std::uint64_t count = 0; count < kEvents; ++count) {
        const Invocation invocation = invoke(function, R"({"bytes": 1000000})", options);

        EXPECT_THAT(text_of(invocation.logs), ::testing::EndsWith("last line\n"));
        kept += text_of(invocation.logs).size();
        dropped += invocation.receipt.log_dropped_bytes;
    }

    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    EXPECT_LE(static_cast<double>(kept), (1 + seconds.count()) * kBytesPerSecond + static_cast<double>(kEvents * 4096));
    EXPECT_GE(kept, std::min<std::uint64_t>(kBytesPerSecond, kEvents * 1'000'000));
    EXPECT_EQ(kept + dropped, kEvents * (1'000'448 + 21));
}

// hostile: F1 F7
TEST(Limit, OfThreadsIsOneThousandTwentyFour) {
    FunctionOptions options = options_of("fork_bomb");
    options.memory_mb = 1024;
    options.timeout = 60s;
    Function function = load(options);

    const Invocation invocation = invoke(function, "{}");

    EXPECT_EQ(Json::parse(invocation.reply)["threads"]["count"], 1023) << invocation.reply;
    EXPECT_EQ(invocation.receipt.threads_peak, 1024u);
}

// hostile: F6
TEST(Limit, OfOpenFilesIsOneThousandTwentyFour) {
    Function function = load("opens_files");

    const Invocation invocation = invoke(function, "{}");

    EXPECT_EQ(invocation.reply, R"({"error": "EMFILE", "highest": 1023})") << invocation.cause;
    EXPECT_EQ(invocation.receipt.files_peak, 1024u);
}

TEST(Limit, OfTheEnvironmentIsFourKibibytes) {
    FunctionOptions options = options_of("echo");
    options.environment["KEY"] = std::string(kMaxEnvironmentBytes - 3, 'x');
    EXPECT_TRUE(open_engine().temporary_function(options));
    options.environment["KEY"] += 'x';

    const auto refused = open_engine().temporary_function(options);

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::too_large);
    EXPECT_THAT(refused.error().what, HasSubstr("4 KiB"));
}

// hostile: C17 E5
TEST(Limit, ThatMakesNoSenseIsRefused) {
    const auto is_refused = [](auto change) {
        FunctionOptions options = options_of("echo");
        change(options);
        const auto function = open_engine().temporary_function(options);
        return !function && function.error().code == ErrorCode::usage;
    };

    EXPECT_TRUE(is_refused([](FunctionOptions& options) { options.cpu = -1; }));
    EXPECT_TRUE(is_refused([](FunctionOptions& options) { options.cpu = 1.5; }));
    EXPECT_TRUE(is_refused([](FunctionOptions& options) { options.cpu = 0.001; }));
    EXPECT_TRUE(is_refused([](FunctionOptions& options) { options.cpu = std::numeric_limits<double>::quiet_NaN(); }));
    EXPECT_TRUE(is_refused([](FunctionOptions& options) { options.cpu_time = -1ms; }));
    EXPECT_TRUE(is_refused([](FunctionOptions& options) { options.tmp_mb = 0; }));
}

// hostile: F2 B22
TEST(Limit, OfMemoryIsThatOfTheControlGroupToo) {
    if (!host_has_control_groups()) GTEST_SKIP() << "no control groups";
    Function function = load("echo");
    ASSERT_EQ(invoke(function, "1").outcome, Outcome::finished);

    ASSERT_TRUE(comes_to_have(2)) << living_children();  // this one, and the zygote; the load's has ended
    const std::string own = "mayfly-" + std::to_string(::getpid()) + "-";
    std::size_t members = 0;
    for (const pid_t pid : children())
        if (read_text("/proc/" + std::to_string(pid) + "/cgroup").find(own) != std::string::npos) ++members;

    EXPECT_EQ(members, 1u);  // the zygote runs no guest
}

// hostile: G2
TEST(Limit, OfTimeHoldsForAProcessThatIsStopped) {
    FunctionOptions options = options_of("infinite_loop");
    options.timeout = 1s;
    Function function = load(options);
    ASSERT_EQ(invoke(function, R"({"behave": true})").outcome, Outcome::finished);
    std::jthread stopper([] {
        std::this_thread::sleep_for(400ms);
        for (const pid_t pid : children()) ::kill(pid, SIGSTOP);
    });

    const Invocation stopped = invoke(function, "{}");

    EXPECT_EQ(stopped.outcome, Outcome::timed_out) << stopped.cause;
    EXPECT_THAT(stopped.cause, HasSubstr("--timeout"));
    EXPECT_LE(stopped.receipt.total_ns, 3000 * kMs);          // 1,050 on a machine with time
    for (const pid_t pid : children()) ::kill(pid, SIGCONT);  // the zygote
}

}  // namespace
}  // namespace mayfly::test
