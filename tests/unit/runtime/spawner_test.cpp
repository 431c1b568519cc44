#include "runtime/spawner.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <array>
#include <chrono>
#include <csignal>
#include <fstream>
#include <thread>

#include "base/sanitizer.h"
#include "runtime/microvm.h"

namespace mayfly::runtime {
namespace {

std::vector<std::byte> program(const char* path) {
    std::ifstream file(path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    const auto view = std::as_bytes(std::span(bytes));
    return {view.begin(), view.end()};
}

std::array<UniqueFd, 2> socket_pair() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    return {UniqueFd{ends[0]}, UniqueFd{ends[1]}};
}

// The status that a fork of this process ends with.
template <class Body>
int in_a_fork(const Body& body) {
    const pid_t pid = ::fork();
    if (pid == 0) ::_exit(body());
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// How the process of this program ends; it stays to be waited for by its spawner.
int status_of(const char* path, int socket) {
    const auto spawner = Spawner::create(program(path));
    const auto child = (*spawner)->spawn(socket);
    siginfo_t info{};
    ::waitid(P_PID, static_cast<id_t>(child->pid()), &info, WEXITED | WNOWAIT);
    return info.si_status;
}

std::uint64_t blocked_signals(pid_t pid) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("SigBlk:")) return std::stoull(line.substr(7), nullptr, 16);
    return 0;
}

// /usr/bin/yes runs until it is killed: its output goes to /dev/null.
class SpawnerTest : public ::testing::Test {
protected:
    std::unique_ptr<Spawner> spawner_ = std::move(*Spawner::create(program("/usr/bin/yes")));
    std::array<UniqueFd, 2> sockets_ = socket_pair();
};

TEST_F(SpawnerTest, GivesTheProcessNothingButItsSocket) {
    const int extra = ::dup(0);  // not close-on-exec, as an embedder's may be
    auto child = spawner_->spawn(sockets_[1].get());
    ASSERT_TRUE(child) << child.error().message();

    const std::string name = "/proc/" + std::to_string(child->pid()) + "/fd/";
    const auto is_open = [&](int fd) { return ::access((name + std::to_string(fd)).c_str(), F_OK) == 0; };
    EXPECT_TRUE(is_open(3));
    for (int fd = 4; fd < 64; ++fd) {
        // The program's own loader has a library open for a moment.
        for (int attempt = 0; attempt < 200 && is_open(fd); ++attempt)
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        EXPECT_FALSE(is_open(fd)) << fd;
    }
    ::close(extra);
}

TEST_F(SpawnerTest, AProcessEndsWithItsOwner) {
    pid_t pid = 0;
    {
        auto child = spawner_->spawn(sockets_[1].get());
        pid = child->pid();
        EXPECT_EQ(::kill(pid, 0), 0);
    }

    spawner_.reset();

    EXPECT_NE(::kill(pid, 0), 0);
}

TEST_F(SpawnerTest, KillAndWaitReturnsWhenTheProcessHoldsNothingAnyMore) {
    auto child = spawner_->spawn(sockets_[1].get());
    sockets_[1].reset();

    child->kill_and_wait();

    char byte;
    EXPECT_EQ(::recv(sockets_[0].get(), &byte, 1, MSG_DONTWAIT), 0);  // end of file: nobody holds the other end
}

TEST_F(SpawnerTest, InterruptEndsWhatRunsAndStartsNothingAnyMore) {
    auto child = spawner_->spawn(sockets_[1].get());
    sockets_[1].reset();

    spawner_->interrupt();

    char byte;
    EXPECT_EQ(::recv(sockets_[0].get(), &byte, 1, 0), 0);
    EXPECT_FALSE(spawner_->spawn(sockets_[0].get()));
}

// A handler of ours would run in memory that the child shares with its parent.
TEST_F(SpawnerTest, NoSignalReachesTheChildBeforeItIsAnotherProgram) {
    const auto child = spawner_->spawn(sockets_[1].get());
    ASSERT_TRUE(child) << child.error().message();

    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGUSR1})
        EXPECT_NE(blocked_signals(child->pid()) >> (signal - 1) & 1, 0u) << signal;
}

// Without the spawner above: a fork of a process with threads may find any lock taken.
TEST(SpawnerThatIsKilled, TakesItsProcessesAlong) {
    auto sockets = socket_pair();
    int report[2];
    ASSERT_EQ(::pipe2(report, O_CLOEXEC), 0);
    const pid_t parent = ::fork();
    if (parent == 0) {
        auto mine = Spawner::create(program("/usr/bin/yes"));
        auto child = (*mine)->spawn(sockets[1].get());
        const pid_t pid = child->pid();
        static_cast<void>(::write(report[1], &pid, sizeof pid));
        ::kill(::getpid(), SIGKILL);
    }
    sockets[1].reset();
    pid_t pid = 0;
    ASSERT_EQ(::read(report[0], &pid, sizeof pid), static_cast<ssize_t>(sizeof pid));
    ::waitpid(parent, nullptr, 0);

    char byte;
    EXPECT_EQ(::recv(sockets[0].get(), &byte, 1, 0), 0);
}

// Without it for the same reason.
TEST(SpawnerWherePlainFilesInMemoryMayNotBeRun, Runs) {
    constexpr int kNotAllowed = 77;
    const auto sockets = socket_pair();
    const int status = in_a_fork([&] {
        if (::unshare(CLONE_NEWPID) != 0) return kNotAllowed;  // the setting belongs to a PID namespace
        return in_a_fork([&] {
            std::ofstream setting("/proc/sys/vm/memfd_noexec");
            if (!(setting << "1" << std::flush)) return kNotAllowed;
            return status_of("/usr/bin/true", sockets[1].get());
        });
    });

    if (status == kNotAllowed) GTEST_SKIP() << "vm.memfd_noexec can't be set here";
    EXPECT_EQ(status, 0);
}

// hostile: G7
TEST(SpawnerWithoutThreads, IsAnError) {
    if (kHasSanitizer) GTEST_SKIP() << "sanitizers need memory too";
    const std::vector<std::byte> nothing(1);

    const int status = in_a_fork([&] {
        const rlimit none{0, 0};
        ::setrlimit(RLIMIT_AS, &none);
        pthread_attr_t attributes;  // of a size that no stack has that was left by an earlier thread
        ::pthread_attr_init(&attributes);
        ::pthread_attr_setstacksize(&attributes, 256u << 20);
        ::pthread_setattr_default_np(&attributes);
        const auto spawner = Spawner::create(nothing);
        return !spawner && spawner.error().code == ErrorCode::unavailable ? 0 : 1;
    });

    EXPECT_EQ(status, 0);
}

TEST(MicrovmStart, SaysThatTheProcessEnded) {
    const auto spawner = Spawner::create(program("/usr/bin/true"));
    const UniqueFd null{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
    MicrovmPlan plan;
    plan.kvm = null.get();

    Zygote zygote(**spawner, {});

    const auto microvm = Microvm::start({zygote}, plan);

    ASSERT_FALSE(microvm);
    EXPECT_EQ(microvm.error().code, ErrorCode::host);
}

}  // namespace
}  // namespace mayfly::runtime
