#include "jail/seccomp_filter.h"

#include <gtest/gtest.h>
#include <linux/kvm.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "base/sanitizer.h"
#include "microvm/allowed_calls.h"

namespace mayfly::jail {
namespace {

constexpr long kCallsTried = 1024;  // Linux 6.18 has fewer than 480
// Linux lets no filter see these two: breakpoints that the kernel itself puts into a program under trace; elsewhere
// they raise SIGILL (Linux 6.11, kernel/seccomp.c).
constexpr long kUretprobe = 335;
constexpr long kUprobe = 336;
constexpr long kX32 = 0x40000000;

bool is_allowed(long number) {
    const auto calls = microvm::allowed_calls(microvm::Purpose::function).calls;
    return std::any_of(calls.begin(), calls.end(), [&](const AllowedCall& call) { return call.number == number; });
}

// What ends a process that makes this call under the filter; 0 when it goes on.
int signal_of(const SeccompFilter& filter, long number, long first, long second, long third) {
    const pid_t pid = ::fork();
    if (pid == 0) {
        if (!filter.load()) ::_exit(1);
        ::syscall(number, first, second, third, 0, 0, 0);
        ::syscall(SYS_exit_group, 0);
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

class SeccompFilterTest : public ::testing::Test {
protected:
    void SetUp() override {
        if (kHasSanitizer) GTEST_SKIP() << "sanitizers";
        ASSERT_EQ(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    }
    bool kills(long number, long first = -1, long second = -1, long third = 0) const {
        return signal_of(filter_, number, first, second, third) == SIGSYS;
    }
    SeccompFilter filter_ = std::move(*SeccompFilter::build(microvm::allowed_calls(microvm::Purpose::function)));
};

// hostile: S5
TEST_F(SeccompFilterTest, KillsForEveryCallThatIsNotAllowed) {
    for (long number = 0; number < kCallsTried; ++number) {
        if (number == SYS_rt_sigreturn) continue;  // returns to nowhere
        if (number == kUretprobe || number == kUprobe) continue;
        const bool has_conditions = number == SYS_ioctl || number == SYS_sched_setaffinity;
        EXPECT_EQ(kills(number), !is_allowed(number) || has_conditions) << number;
    }
    for (const long number : {SYS_read, SYS_mmap, SYS_exit_group, SYS_openat}) EXPECT_TRUE(kills(kX32 | number));
}

// hostile: S5
TEST_F(SeccompFilterTest, AllowsFewCalls) {
    const auto calls = microvm::allowed_calls(microvm::Purpose::function).calls;
    EXPECT_LE(calls.size(), 20u);
    for (const AllowedCalls& allowed : microvm::all_allowed_calls()) EXPECT_LE(allowed.calls.size(), 20u);
    for (const long number :
         {SYS_open, SYS_openat, SYS_openat2, SYS_socket, SYS_connect, SYS_execve, SYS_execveat, SYS_fork, SYS_vfork,
          SYS_clone, SYS_clone3, SYS_mount, SYS_ptrace, SYS_bpf, SYS_io_uring_setup, SYS_prctl, SYS_kill, SYS_dup2})
        EXPECT_FALSE(is_allowed(number)) << number;
}

// hostile: S5
TEST_F(SeccompFilterTest, LetsAProcessMoveItselfOnly) {
    EXPECT_FALSE(kills(SYS_sched_setaffinity, 0, 0, 0));
    EXPECT_TRUE(kills(SYS_sched_setaffinity, 1, 0, 0));
}

// hostile: S5
TEST_F(SeccompFilterTest, AllowsIoctlsByNumber) {
    const auto ioctls = microvm::allowed_calls(microvm::Purpose::function).ioctls;
    const auto is_listed = [&](unsigned long request) {
        return std::any_of(ioctls.begin(), ioctls.end(),
                           [&](const AllowedIoctl& ioctl) { return ioctl.request == request; });
    };
    for (const AllowedIoctl& ioctl : ioctls)
        EXPECT_FALSE(kills(SYS_ioctl, -1, static_cast<long>(ioctl.request))) << ioctl.name;
    for (unsigned long number = 0; number < 256; ++number) {
        const unsigned long request = _IO(KVMIO, number);
        EXPECT_EQ(kills(SYS_ioctl, -1, static_cast<long>(request)), !is_listed(request)) << number;
    }
    for (const unsigned long request : {0x5412ul /* TIOCSTI */, 0x5401ul /* TCGETS */, 0x5421ul /* FIONBIO */})
        EXPECT_TRUE(kills(SYS_ioctl, 0, static_cast<long>(request)));
}

// hostile: S8
TEST_F(SeccompFilterTest, GivesNoExecutableMemory) {
    for (const int protection : {PROT_EXEC, PROT_READ | PROT_EXEC, PROT_READ | PROT_WRITE | PROT_EXEC}) {
        EXPECT_TRUE(kills(SYS_mmap, 0, 4096, protection));
        EXPECT_TRUE(kills(SYS_mprotect, 0, 4096, protection));
    }
    EXPECT_FALSE(kills(SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE));
    EXPECT_TRUE(kills(SYS_pkey_mprotect, 0, 4096, PROT_READ));
}

}  // namespace
}  // namespace mayfly::jail
