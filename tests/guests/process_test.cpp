// mayfly-vmm as a process: it lives no longer than its parent.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
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
