// Invocations while microVM processes are killed: each gets its own reply or one named error, and nothing is left.
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <iostream>
#include <random>
#include <thread>

#include "tests/rounds.h"
#include "tests/runtime/test_engine.h"

namespace mayfly::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr unsigned kThreads = 4;

std::size_t entries_in(const fs::path& folder) {
    std::error_code code;
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder, code), fs::directory_iterator()));
}

struct Counts {
    std::atomic<std::uint64_t> finished{0};
    std::atomic<std::uint64_t> failed{0};
    std::atomic<std::uint64_t> wrong{0};
};

// One reply, its own, or one error with a sentence.
void count(const Result<Invocation>& invocation, const std::string& event, Counts& counts) {
    if (invocation && invocation->outcome == Outcome::finished)
        ++(invocation->reply == event ? counts.finished : counts.wrong);
    else if (invocation ? invocation->outcome == Outcome::host_error && !invocation->cause.empty()
                        : !invocation.error().what.empty())
        ++counts.failed;
    else
        ++counts.wrong;
}

void invoke_many(Function function, unsigned thread, std::uint64_t invocations, Counts& counts) {
    constexpr std::array kModes{Mode::pristine, Mode::pristine, Mode::stateful, Mode::fresh};
    for (std::uint64_t number = 0; number < invocations; ++number) {
        const std::string event = "\"" + std::to_string(thread) + "-" + std::to_string(number) + "\"";
        InvokeOptions options;
        options.mode = kModes[number % kModes.size()];
        count(function.invoke(event, options), event, counts);
    }
}

// Whichever it hits, the zygote too. Kills come by the clock, so where invocations are slow (a busy machine, a
// sanitizer) they are spared until one in three has got its reply.
std::uint64_t kill_at_random(const Counts& counts, const std::atomic<bool>& stop) {
    std::mt19937_64 random(hostile_seed());
    std::uint64_t kills = 0;
    while (!stop) {
        std::this_thread::sleep_for(std::chrono::microseconds(2000 + random() % 8000));
        if (counts.finished < counts.failed / 2) continue;
        const std::vector<pid_t> victims = children();
        // Ours alone: they are not waited for while we look, so their numbers are theirs.
        if (!victims.empty() && ::kill(victims[random() % victims.size()], SIGKILL) == 0) ++kills;
    }
    return kills;
}

// hostile: G1 H7 H12 S9 S10
TEST(Chaos, EveryInvocationGetsItsOwnReplyOrOneError) {
    const std::uint64_t invocations = rounds(1'000, 100'000);
    const std::size_t descriptors_before = entries_in("/proc/self/fd");
    const std::size_t shared_before = entries_in("/dev/shm");
    const OwnHome home;
    Counts counts;
    std::uint64_t kills = 0;
    {
        Engine engine = home.open();
        std::vector<Function> functions;
        for (unsigned i = 0; i < 2; ++i) {
            auto function = engine.temporary_function(options_of("returns_its_event"));
            ASSERT_TRUE(function) << function.error().message();
            functions.push_back(*function);
        }
        std::atomic<bool> stop{false};
        std::thread killer([&] { kills = kill_at_random(counts, stop); });
        std::vector<std::thread> callers;
        for (unsigned i = 0; i < kThreads; ++i)
            callers.emplace_back(
                [&, i] { invoke_many(functions[i % functions.size()], i, invocations / kThreads, counts); });
        for (std::thread& caller : callers) caller.join();
        stop = true;
        killer.join();
        EXPECT_TRUE(functions.front().invoke("1"));
    }

    std::cout << counts.finished << " replies, " << counts.failed << " errors, " << kills << " kills\n";
    EXPECT_EQ(counts.wrong, 0u);
    EXPECT_EQ(counts.finished + counts.failed, invocations / kThreads * kThreads);
    EXPECT_GT(counts.finished, invocations / 4);
    EXPECT_GE(kills, invocations / 20);
    EXPECT_TRUE(children().empty());
    EXPECT_EQ(entries_in("/proc/self/fd"), descriptors_before);  // memory files are descriptors too
    EXPECT_EQ(entries_in("/dev/shm"), shared_before);
    EXPECT_EQ(entries_in(home.path() / "temporary"), 0u);
    const std::string own = "mayfly-" + std::to_string(::getpid()) + "-";
    std::error_code code;
    for (fs::recursive_directory_iterator at("/sys/fs/cgroup", fs::directory_options::skip_permission_denied, code),
         end;
         !code && at != end; at.increment(code))
        EXPECT_FALSE(at->path().filename().string().starts_with(own)) << at->path();
}

}  // namespace
}  // namespace mayfly::test
