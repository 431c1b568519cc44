// mayfly-vmm as a process: it lives no longer than its parent.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <set>
#include <string>
#include <thread>

#include "microvm/channel.h"
#include "microvm/control.pb.h"

namespace mayfly::test {
namespace {

using microvm::Channel;
using microvm::Received;

// Becomes mayfly-vmm with the socket as its control descriptor and an empty environment.
[[noreturn]] void become_vmm(int socket) {
    std::array<char*, 1> nothing{nullptr};
    if (::dup2(socket, microvm::kControlDescriptor) >= 0) ::execve(MAYFLY_VMM, nothing.data(), nothing.data());
    ::_exit(127);
}

// The exit status of a child within five seconds, or -1.
int wait_for(pid_t pid) {
    for (int attempt = 0; attempt < 500; ++attempt) {
        int status = 0;
        if (::waitpid(pid, &status, WNOHANG) == pid) return status;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    return -1;
}

TEST(MicroVmProcess, EndsWhenItsSocketIsClosed) {
    auto ends = Channel::pair().value();
    const pid_t pid = ::fork();
    if (pid == 0) become_vmm(ends.second.fd());

    ends = {Channel{UniqueFd{}}, Channel{UniqueFd{}}};

    EXPECT_EQ(wait_for(pid), 0);
}

TEST(MicroVmProcess, AnswersARequestItCannotServe) {
    auto ends = Channel::pair().value();
    const pid_t pid = ::fork();
    if (pid == 0) become_vmm(ends.second.fd());
    control::Request request;
    request.mutable_run();

    ASSERT_TRUE(ends.first.send(request));
    control::Response response;
    std::vector<UniqueFd> descriptors;
    const auto received = ends.first.receive(response, descriptors, 5000);

    ASSERT_TRUE(received);
    EXPECT_EQ(*received, Received::message);
    EXPECT_TRUE(response.has_failed());
    ends = {Channel{UniqueFd{}}, Channel{UniqueFd{}}};
    EXPECT_EQ(wait_for(pid), 0);
}

std::set<std::string> open_descriptors(pid_t pid) {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd"))
        names.insert(entry.path().filename());
    return names;
}

// A process that serves requests, and the children it was asked to fork.
class Zygote : public testing::Test {
protected:
    void SetUp() override {
        ends_ = Channel::pair().value();
        pid_ = ::fork();
        if (pid_ == 0) become_vmm(ends_.second.fd());
        ends_.second = Channel{UniqueFd{}};
        control::Request request;
        request.mutable_prepare();
        ASSERT_TRUE(ends_.first.send(request));
        control::Response response;
        ASSERT_TRUE(ends_.first.receive(response, descriptors_, 20'000));
        ASSERT_TRUE(response.has_prepared()) << response.failed().what();
    }
    void TearDown() override {
        ends_.first = Channel{UniqueFd{}};
        EXPECT_EQ(wait_for(pid_), 0);
    }

    // The child's number; its end of `sockets` is closed here.
    pid_t fork_child(std::pair<Channel, Channel>& sockets) {
        const UniqueFd kvm{::open("/dev/kvm", O_RDWR | O_CLOEXEC)};
        const std::array<int, 2> sent{sockets.second.fd(), kvm.get()};
        control::Request request;
        request.mutable_fork();
        EXPECT_TRUE(ends_.first.send(request, sent));
        control::Response response;
        const auto received = ends_.first.receive(response, descriptors_, 5000);
        EXPECT_TRUE(received && response.has_forked()) << response.failed().what();
        sockets.second = Channel{UniqueFd{}};
        return response.forked().pid();
    }

    std::pair<Channel, Channel> ends_{Channel{UniqueFd{}}, Channel{UniqueFd{}}};
    std::vector<UniqueFd> descriptors_;
    pid_t pid_ = 0;
};

TEST_F(Zygote, ForksASiblingThatServes) {
    if (::access("/dev/kvm", F_OK) != 0) GTEST_SKIP() << "no /dev/kvm";
    auto sockets = Channel::pair().value();
    const pid_t child = fork_child(sockets);
    ASSERT_EQ(descriptors_.size(), 1u);
    control::Request request;
    request.mutable_run();
    ASSERT_TRUE(sockets.first.send(request));
    control::Response response;
    std::vector<UniqueFd> none;

    const auto received = sockets.first.receive(response, none, 5000);

    ASSERT_TRUE(received);
    EXPECT_EQ(response.failed().what(), "a run came before a start");
    // It keeps its own pagemap and status in place of the /proc and the ruleset of the zygote, which closes what it was
    // sent once it has answered.
    for (int tries = 0; tries < 500 && open_descriptors(child).size() != open_descriptors(pid_).size(); ++tries)
        ::usleep(10'000);
    EXPECT_EQ(open_descriptors(child).size(), open_descriptors(pid_).size());
    sockets.first = Channel{UniqueFd{}};
    EXPECT_EQ(wait_for(child), 0);  // ours to wait for
}

TEST_F(Zygote, OutlivesItsChildrenAndTheyIt) {
    if (::access("/dev/kvm", F_OK) != 0) GTEST_SKIP() << "no /dev/kvm";
    auto first = Channel::pair().value();
    auto second = Channel::pair().value();
    const pid_t killed = fork_child(first);
    ::kill(killed, SIGKILL);
    EXPECT_NE(wait_for(killed), -1);

    const pid_t child = fork_child(second);
    ::kill(pid_, SIGKILL);
    EXPECT_NE(wait_for(pid_), -1);
    control::Request request;
    request.mutable_run();
    ASSERT_TRUE(second.first.send(request));
    control::Response response;
    std::vector<UniqueFd> none;

    EXPECT_TRUE(second.first.receive(response, none, 5000));
    EXPECT_TRUE(response.has_failed());
    second.first = Channel{UniqueFd{}};
    EXPECT_EQ(wait_for(child), 0);
    SetUp();  // for TearDown()
}

TEST_F(Zygote, RefusesAForkWithoutASocket) {
    control::Request request;
    request.mutable_fork();
    ASSERT_TRUE(ends_.first.send(request));
    control::Response response;

    ASSERT_TRUE(ends_.first.receive(response, descriptors_, 5000));
    EXPECT_TRUE(response.has_failed());
}

TEST(MicroVmProcess, DiesWithAParentThatIsKilled) {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);  // the orphan becomes ours
    auto ends = Channel::pair().value();
    std::array<int, 2> report{};
    ASSERT_EQ(::pipe2(report.data(), O_CLOEXEC), 0);
    const pid_t parent = ::fork();
    if (parent == 0) {
        const pid_t vmm = ::fork();
        if (vmm == 0) become_vmm(ends.second.fd());
        if (::write(report[1], &vmm, sizeof vmm) != static_cast<ssize_t>(sizeof vmm)) ::_exit(1);
        for (;;) ::pause();
    }
    pid_t vmm = 0;
    ASSERT_EQ(::read(report[0], &vmm, sizeof vmm), static_cast<ssize_t>(sizeof vmm));
    // An answer shows that it is up. We keep our end of its socket open, so only the signal can end it.
    control::Request request;
    request.mutable_run();
    control::Response response;
    std::vector<UniqueFd> descriptors;
    ASSERT_TRUE(ends.first.send(request));
    ASSERT_TRUE(ends.first.receive(response, descriptors, 5000));

    ::kill(parent, SIGKILL);

    EXPECT_NE(wait_for(parent), -1);
    const int status = wait_for(vmm);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
    ::close(report[0]);
    ::close(report[1]);
}

}  // namespace
}  // namespace mayfly::test
