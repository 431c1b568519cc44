// Files that were truncated, changed, or made elsewhere are refused with a reason, or made anew; two
// commands at once don't harm each other.
#include <sched.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <fstream>
#include <functional>
#include <iostream>
#include <thread>

#include "runtime/home.h"
#include "snapshot/manifest.h"
#include "tests/rounds.h"
#include "tests/runtime/test_engine.h"

namespace mayfly::test {
namespace {

namespace fs = std::filesystem;

class Damage : public ::testing::Test {
protected:
    void SetUp() override {
        const auto created = home_.open().create_function(options_of("echo"));
        ASSERT_TRUE(created) << created.error().message();
    }
    // Links are shared with other tests' homes: a file is made our own before it is harmed.
    static void own(const fs::path& path) {
        fs::copy(path, path.string() + ".copy");
        fs::rename(path.string() + ".copy", path);
    }
    static void truncate(const fs::path& path) {
        own(path);
        fs::resize_file(path, fs::file_size(path) / 2);
    }
    static void flip(const fs::path& path) {
        own(path);
        std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
        const auto at = static_cast<std::streamoff>(fs::file_size(path) / 2);
        file.seekg(at);
        const int byte = file.get();
        file.seekp(at);
        file.put(static_cast<char>(byte ^ 1));
    }
    static void move_to_another_cpu(const fs::path& path) {
        snapshot::Manifest manifest = snapshot::load_manifest(path)->manifest;
        manifest.cpu_features.leaves[1].ebx ^= 1;
        own(path);
        ASSERT_TRUE(snapshot::save_manifest(path, manifest));
    }
    // Opens the function with an engine of its own, as the next command does.
    Error open_error() {
        const auto opened = home_.open().function("test");
        return opened ? Error{} : opened.error();
    }
    ErrorCode open_code() { return open_error().code; }
    void expect_an_answer() {
        auto function = home_.open().function("test");
        ASSERT_TRUE(function) << function.error().message();
        EXPECT_EQ(invoke(*function, "{}").outcome, Outcome::finished);
    }
    // A child that the killed process was just starting holds its locks until it has executed its program: so not
    // always the first start clears what was left, but one soon after.
    bool is_cleared_by_a_start() {
        const fs::path temporary = home_.path() / "temporary";
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (!fs::is_empty(temporary) && std::chrono::steady_clock::now() < deadline) home_.open();
        return fs::is_empty(temporary);
    }

    OwnHome home_;
};

TEST_F(Damage, EveryFileThatIsCutOrFlippedIsRefused) {
    const std::vector<fs::path> files{home_.function("test") / "memory",
                                      home_.function("test") / "manifest",
                                      home_.function("test") / "function.json",
                                      home_.function("test") / "code.erofs",
                                      home_.image() / "image.erofs",
                                      home_.image() / "image.json",
                                      home_.image() / "base" / "memory",
                                      home_.image() / "base" / "manifest"};
    for (const fs::path& file : files) {
        const fs::path saved = home_.path() / "saved";
        fs::copy(file, saved);
        truncate(file);
        EXPECT_EQ(open_code(), ErrorCode::corrupt) << file;
        fs::remove(file);
        fs::copy(saved, file);
        flip(file);
        EXPECT_EQ(open_code(), ErrorCode::corrupt) << file;
        fs::remove(file);
        const Error absent = open_error();
        EXPECT_EQ(absent.code, ErrorCode::corrupt) << file;
        EXPECT_THAT(absent.what, ::testing::AnyOf(::testing::HasSubstr("`mayfly function rm test`"),
                                                  ::testing::HasSubstr("`mayfly function update test --code DIR`"),
                                                  ::testing::HasSubstr("`mayfly image build python3.11`")));
        fs::rename(saved, file);
    }
    expect_an_answer();
}

// Of a file that is mapped, in its place: what the microVM touches next is no longer there.
// hostile: D12 C12
TEST_F(Damage, AnImageThatIsCutWhileItRunsEndsItsMicrovmOnly) {
    own(home_.image() / "image.erofs");
    auto function = home_.open().function("test");
    ASSERT_TRUE(function) << function.error().message();
    Function other = load("echo");
    ASSERT_EQ(invoke(*function, "1", Mode::stateful).outcome, Outcome::finished);
    ASSERT_EQ(invoke(other, "1").outcome, Outcome::finished);

    fs::resize_file(home_.image() / "image.erofs", 0);
    const Invocation running = invoke(*function, "1", Mode::stateful);
    const Invocation next = invoke(*function, "1", Mode::stateful);

    EXPECT_EQ(running.outcome, Outcome::host_error);
    EXPECT_FALSE(running.cause.empty());
    EXPECT_EQ(next.outcome, Outcome::host_error);
    EXPECT_THAT(next.cause, ::testing::HasSubstr("shorter than it should be"));
    EXPECT_EQ(invoke(other, "1").outcome, Outcome::finished);
}

TEST_F(Damage, ADamagedSnapshotIsMadeGoodByAnUpdate) {
    flip(home_.function("test") / "memory");
    ASSERT_EQ(open_code(), ErrorCode::corrupt);

    ASSERT_TRUE(home_.open().update_function("test", {}));

    expect_an_answer();
}

// hostile: G11
TEST_F(Damage, ANameWhoseRecordIsDamagedCanBeUsedAgainOnceRemoved) {
    flip(home_.function("test") / "function.json");
    const auto created = home_.open().create_function(options_of("echo"));
    ASSERT_EQ(created.error().code, ErrorCode::exists);
    EXPECT_THAT(created.error().what, ::testing::HasSubstr("`mayfly function rm test`"));

    ASSERT_TRUE(home_.open().remove_function("test"));

    EXPECT_TRUE(home_.open().create_function(options_of("echo")));
}

TEST_F(Damage, ASnapshotOfAnotherCpuIsMadeAnew) {
    move_to_another_cpu(home_.function("test") / "manifest");
    move_to_another_cpu(home_.image() / "base" / "manifest");

    expect_an_answer();
}

TEST_F(Damage, WhatManyFindOfAnotherCpuIsMadeAnewOnce) {
    FunctionOptions second = options_of("echo");
    second.name = "second";
    ASSERT_TRUE(home_.open().create_function(second));
    move_to_another_cpu(home_.image() / "base" / "manifest");
    std::atomic<int> renewals{0};
    std::atomic<int> failures{0};
    const auto open = [&](const char* name) {
        EngineOptions options;
        options.home = home_.path().string();
        options.log = [&](LogLevel, std::string_view text) { renewals += text.find("anew") != text.npos; };
        const auto opened = Engine::open(options)->function(name);
        if (!opened) ++failures;
    };

    std::vector<std::thread> threads;
    for (int pair = 0; pair < 4; ++pair)
        for (const char* name : {"test", "second"}) threads.emplace_back(open, name);
    for (std::thread& thread : threads) thread.join();

    EXPECT_EQ(failures, 0);
    EXPECT_EQ(renewals, 3);  // the base, and each function
}

TEST_F(Damage, AnImageStaysWhileAFunctionIsLoadedOverIt) {
    const fs::path temporary = home_.path() / "temporary";
    Engine engine = home_.open();
    ASSERT_TRUE(engine.remove_function("test"));
    std::atomic<bool> is_loaded{false};
    std::thread loader([&] {
        EXPECT_TRUE(home_.open().create_function(options_of("takes_its_time_to_load")));
        is_loaded = true;
    });
    while (fs::is_empty(temporary) && !is_loaded) ::usleep(100);

    const auto removed = engine.remove_image("python3.11");
    loader.join();

    ASSERT_FALSE(removed);
    EXPECT_EQ(removed.error().code, ErrorCode::busy);
    expect_an_answer();
}

TEST_F(Damage, AFunctionOverABaseThatIsGoneIsLoadedAnew) {
    const fs::path path = home_.image() / "base" / "manifest";
    snapshot::Manifest manifest = snapshot::load_manifest(path)->manifest;
    manifest.created_at += 1;
    own(path);
    ASSERT_TRUE(snapshot::save_manifest(path, manifest));

    expect_an_answer();
}

// hostile: C18
TEST_F(Damage, ASecondCommandOnTheNameIsBusy) {
    const auto home = runtime::Home::open(home_.path().string());
    const auto lock = home->lock_for_change("function", "test");

    EXPECT_EQ(home_.open().update_function("test", {}).error().code, ErrorCode::busy);
    EXPECT_EQ(home_.open().remove_function("test").error().code, ErrorCode::busy);
    expect_an_answer();
}

// hostile: C18 G3
TEST_F(Damage, KillingAnUpdateAtAnyMomentLeavesAFunctionThatAnswers) {
    for (int delay_ms = 0; delay_ms < 300; delay_ms += 30) {
        const pid_t child = ::fork();
        if (child == 0) {
            static_cast<void>(home_.open().update_function("test", {}));
            ::_exit(0);
        }
        ::usleep(static_cast<useconds_t>(delay_ms) * 1000);
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);

        expect_an_answer();
        EXPECT_TRUE(is_cleared_by_a_start()) << delay_ms;
    }
}

constexpr std::array kChangeFiles{SYS_write,    SYS_pwrite64,  SYS_fsync, SYS_fdatasync, SYS_ftruncate, SYS_rename,
                                  SYS_renameat, SYS_renameat2, SYS_link,  SYS_linkat,    SYS_unlink,    SYS_unlinkat,
                                  SYS_mkdir,    SYS_mkdirat,   SYS_rmdir, SYS_flock,     SYS_fchmod};

// Runs body in a process that is killed before its k-th call (from 1) that changes a file, of the thread that calls
// body. False when there were fewer.
bool is_killed_at(std::uint64_t k, const std::function<void()>& body) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
        ::raise(SIGSTOP);
        body();
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ::ptrace(PTRACE_SETOPTIONS, child, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
    long signal = 0;
    for (bool enters = true; ::ptrace(PTRACE_SYSCALL, child, nullptr, signal) == 0;) {
        ::waitpid(child, &status, 0);
        if (!WIFSTOPPED(status)) break;
        const bool is_call = WSTOPSIG(status) == (SIGTRAP | 0x80);  // ptrace(2), PTRACE_O_TRACESYSGOOD
        signal = is_call ? 0 : WSTOPSIG(status);
        if (!is_call) continue;
        user_regs_struct registers{};
        ::ptrace(PTRACE_GETREGS, child, nullptr, &registers);
        const auto number = static_cast<long>(registers.orig_rax);
        const bool changes =
            enters && std::find(kChangeFiles.begin(), kChangeFiles.end(), number) != kChangeFiles.end();
        enters = !enters;
        if (!changes || --k > 0) continue;
        ::kill(child, SIGKILL);
        ::waitpid(child, &status, 0);
        return true;
    }
    return false;
}

// hostile: C18 G4
TEST_F(Damage, KillingAnUpdateAtEachOfItsCallsLeavesAFunctionThatAnswers) {
    const std::uint64_t stride = rounds(5, 1);
    std::uint64_t kills = 0;
    for (std::uint64_t k = 1; is_killed_at(k, [&] { static_cast<void>(home_.open().update_function("test", {})); });
         k += stride, ++kills) {
        expect_an_answer();
        EXPECT_TRUE(is_cleared_by_a_start()) << "killed at call " << k;
    }
    std::cout << kills << " kills\n";
    EXPECT_GE(kills, 5u);
    expect_an_answer();
}

constexpr const char* kCannotMount = "the test can't mount a file system";

// In a mount namespace of its own, where the folder for unfinished things is a small file system.
std::string create_on_a_full_disk(const OwnHome& home) {
    int ends[2];
    if (::pipe(ends) != 0) std::abort();
    const pid_t child = ::fork();
    if (child == 0) {
        const int namespaces = ::geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS;
        std::string said = kCannotMount;
        if (::unshare(namespaces) == 0 && ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
            ::mount("none", (home.path() / "temporary").c_str(), "tmpfs", 0, "size=1m") == 0) {
            FunctionOptions options = options_of("echo");
            options.name = "second";
            const auto created = home.open().create_function(options);
            said = created ? "created" : created.error().message();
        }
        if (::write(ends[1], said.data(), said.size()) < 0) ::_exit(1);
        ::_exit(0);
    }
    ::close(ends[1]);
    std::string said(4096, '\0');
    const ssize_t bytes = ::read(ends[0], said.data(), said.size());
    said.resize(bytes > 0 ? static_cast<std::size_t>(bytes) : 0);
    ::close(ends[0]);
    ::waitpid(child, nullptr, 0);
    return said;
}

// hostile: G5
TEST_F(Damage, AFullDiskIsSaidAndLeavesNothingBehind) {
    const std::string said = create_on_a_full_disk(home_);

    if (said == kCannotMount) GTEST_SKIP() << said << " (as in a chroot)";
    EXPECT_THAT(said, ::testing::HasSubstr("No space left on device; free some space"));
    EXPECT_FALSE(fs::exists(home_.function("second")));
    expect_an_answer();
}

}  // namespace
}  // namespace mayfly::test
