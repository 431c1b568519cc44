// Every request of the library for memory is refused once. An invocation that wanted it ends with an error or does
// without, nothing is left behind, and the next one works; other calls may end the program, and what they leave is
// whole.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>

#include "snapshot/digest.h"
#include "tests/rounds.h"
#include "tests/runtime/test_engine.h"

extern "C" {
// glibc's own, under the names that it keeps for those who put something in front of them.
void* __libc_malloc(std::size_t);               // NOLINT(bugprone-reserved-identifier)
void* __libc_calloc(std::size_t, std::size_t);  // NOLINT(bugprone-reserved-identifier)
void* __libc_realloc(void*, std::size_t);       // NOLINT(bugprone-reserved-identifier)
}

namespace {

std::atomic<long> requests_left = 0;  // the last of them is refused; at 0 and below none is

bool is_refused() { return requests_left.load() > 0 && requests_left.fetch_sub(1) == 1; }

void* refuse() {
    errno = ENOMEM;
    return nullptr;
}

}  // namespace

// operator new asks these too.
extern "C" void* malloc(std::size_t bytes) { return is_refused() ? refuse() : __libc_malloc(bytes); }
extern "C" void* calloc(std::size_t count, std::size_t bytes) {
    return is_refused() ? refuse() : __libc_calloc(count, bytes);
}
extern "C" void* realloc(void* memory, std::size_t bytes) {
    return is_refused() ? refuse() : __libc_realloc(memory, bytes);
}

namespace mayfly::test {
namespace {

// Whether a request was refused in `call`, the one of this number.
template <class Call>
bool refused_in(long number, Call call) {
    requests_left = number;
    call();
    return number > 0 && requests_left.exchange(0) == 0;
}

// Without those that are kept to be used again, control groups', and those of processes that are not gone yet.
std::vector<std::string> descriptors() {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        std::error_code gone;  // that of the listing itself
        const std::string what = std::filesystem::read_symlink(entry.path(), gone).string();
        if (what.find("cgroup") == what.npos && what.find("pidfd") == what.npos)
            found.push_back(what.substr(0, what.find('[')));  // without the number of a pipe or socket
    }
    std::sort(found.begin(), found.end());
    return found;
}

// Refuses each request of `call` in turn, with `check` after each.
template <class Call, class Check>
void sweep(const char* name, Call call, Check check) {
    check();
    const std::vector<std::string> before = descriptors();
    const std::size_t processes = living_children();
    long number = 1;
    while (refused_in(number, call)) {
        SCOPED_TRACE(std::string(name) + ", request " + std::to_string(number));
        check();
        if (testing::Test::HasFailure()) return;
        ++number;
    }
    std::cout << name << ": " << number - 1 << " refused requests survived\n";
    EXPECT_GT(number, 1);
    EXPECT_EQ(descriptors(), before);
    for (int tries = 0; tries < 100 && living_children() > processes; ++tries) ::usleep(10'000);
    EXPECT_LE(living_children(), processes);
}

// Either the right reply or an error.
void expect_no_other_reply(const Result<Invocation>& invocation) {
    if (!invocation) return;
    if (invocation->outcome == Outcome::finished) {
        EXPECT_EQ(invocation->reply, R"({"value": 7})");
    } else {
        EXPECT_EQ(invocation->outcome, Outcome::host_error) << invocation->cause;
    }
}

constexpr const char* kEvent = R"({"value": 7})";

void sweep_invocations(const char* name, Mode mode) {
    const Engine engine = open_engine();
    auto function = engine.temporary_function(options_of("returns_its_event"));
    ASSERT_TRUE(function) << function.error().message();
    InvokeOptions options;
    options.mode = mode;
    sweep(
        name,
        [&] {
            const auto invocation = function->invoke(kEvent, options);
            const long left = requests_left.exchange(0);  // what follows is the test's
            expect_no_other_reply(invocation);
            requests_left = left;
        },
        [&] {
            const auto invocation = function->invoke(kEvent, options);
            ASSERT_TRUE(invocation) << invocation.error().message();
            EXPECT_EQ(invocation->outcome, Outcome::finished) << invocation->cause;
            EXPECT_EQ(invocation->reply, kEvent);
        });
}

// hostile: G8
TEST(NoMemory, ForAPristineInvocation) { sweep_invocations("pristine", Mode::pristine); }
TEST(NoMemory, ForAStatefulInvocation) { sweep_invocations("stateful", Mode::stateful); }
TEST(NoMemory, ForAFreshInvocation) { sweep_invocations("fresh", Mode::fresh); }

// What lists folders and what reads and writes records uses libraries with functions that ask for memory and may not
// throw, destructors among them: there the program ends (include/mayfly/mayfly.h). So each request is refused in a
// process of its own. Whatever becomes of it, what it leaves is whole.
enum class End { none_refused, survived, aborted, broken };

template <class Call>
bool works(Call call) {
    const auto result = call();
    if (!result) std::cerr << result.error().message() << '\n';
    return result.has_value();
}

// The call with its request of this number refused, then the call as it is.
template <class Call>
End try_in_process(long number, Call call) {
    const pid_t pid = ::fork();
    if (pid == 0) {
        const bool was_refused = refused_in(number, [&] { static_cast<void>(call()); });
        ::_exit(static_cast<int>(!works(call) ? End::broken : was_refused ? End::survived : End::none_refused));
    }
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(status)) return static_cast<End>(WEXITSTATUS(status));
    std::cerr << "it ended by signal " << WTERMSIG(status) << '\n';
    return WTERMSIG(status) == SIGABRT ? End::aborted : End::broken;
}

template <class Call>
void sweep_in_processes(const char* name, long stride, Call call) {
    ASSERT_TRUE(snapshot::sha256({}));  // OpenSSL's first use, which does not survive either
    long survived = 0;
    long aborted = 0;
    for (long number = 1;; number += stride) {
        const End end = try_in_process(number, call);
        if (end == End::none_refused) break;
        ASSERT_NE(end, End::broken) << name << ", request " << number;
        if (end == End::aborted) {
            ASSERT_EQ(try_in_process(0, call), End::none_refused) << name << ", request " << number;
        }
        ++(end == End::survived ? survived : aborted);
    }
    std::cout << name << ": " << survived << " refused requests survived, " << aborted << " ended the program\n";
    EXPECT_GT(survived, aborted);
}

// In `make test` one of so many requests is refused, in `make test-hostile` each, or one of so many.
long share(long in_make_test, long otherwise = 1) { return rounds(0, 100) >= 100 ? otherwise : in_make_test; }

TEST(NoMemory, ForLists) {
    sweep_in_processes("images, functions", share(7), []() -> Result<void> {
        const Engine engine = MF_TRY(Engine::open());
        MF_TRY(engine.images());
        MF_TRY(engine.functions());
        return {};
    });
}

TEST(NoMemory, ForReadyMicrovms) {
    sweep_in_processes("keep_ready", share(29), []() -> Result<void> {
        const Engine engine = MF_TRY(Engine::open());
        MF_TRY(engine.keep_ready("python3.11", 1));
        return engine.keep_ready("python3.11", 0);
    });
}

TEST(NoMemory, ForAProgram) {
    ExecOptions options;
    options.arguments = {"python3.11", "-S", "-c", "pass"};
    sweep_in_processes("exec", share(29), [&]() -> Result<void> {
        const Engine engine = MF_TRY(Engine::open());
        const ExecResult result = MF_TRY(engine.exec(options));
        if (result.exit_code != 0) return fail(ErrorCode::internal, result.cause);
        return {};
    });
}

class NoMemoryInOwnHome : public testing::Test {
protected:
    NoMemoryInOwnHome() { ::setenv("MAYFLY_HOME", home_.path().c_str(), 1); }

    const FunctionOptions options_ = options_of("returns_its_event");

private:
    const OwnHome home_;
};

TEST_F(NoMemoryInOwnHome, ForOpeningAFunction) {
    ASSERT_TRUE(open_engine().create_function(options_));
    sweep_in_processes("open, function", share(17), []() -> Result<void> {
        const Engine engine = MF_TRY(Engine::open());
        MF_TRY(engine.function("test"));
        return {};
    });
}

TEST_F(NoMemoryInOwnHome, ForMakingAFunction) {
    FunctionUpdate update;
    update.environment["NAME"] = "value";
    sweep_in_processes("create, update, remove", share(211, 10), [&]() -> Result<void> {
        Engine engine = MF_TRY(Engine::open());
        static_cast<void>(engine.remove_function("test"));
        MF_TRY(engine.create_function(options_));
        MF_TRY(engine.update_function("test", update));
        return engine.remove_function("test");
    });
}

}  // namespace
}  // namespace mayfly::test
