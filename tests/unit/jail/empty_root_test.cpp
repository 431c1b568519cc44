#include "jail/empty_root.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <system_error>

namespace mayfly::jail {
namespace {

constexpr int kNoNamespace = 77;

// The exit status of a body in a mount namespace of its own.
int in_mount_namespace(const std::function<int()>& body) {
    const pid_t pid = ::fork();
    if (pid == 0) ::_exit(::unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 ? body() : kNoNamespace);
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

class EmptyRoot : public ::testing::TestWithParam<RootChange> {};

// hostile: S7
TEST_P(EmptyRoot, HasNothingInItAndTakesNothing) {
    const int status = in_mount_namespace([] {
        if (!move_to_empty_root(GetParam())) return 1;
        std::error_code code;
        if (!std::filesystem::is_empty("/", code) || code) return 2;
        if (::access("/etc/passwd", F_OK) == 0 || ::access("/../etc/passwd", F_OK) == 0) return 3;
        return std::filesystem::create_directory("/x", code) ? 4 : 0;
    });
    if (status == kNoNamespace) GTEST_SKIP() << "no user namespaces";
    EXPECT_EQ(status, 0);
}

INSTANTIATE_TEST_SUITE_P(ByPivotAndByCover, EmptyRoot, ::testing::Values(RootChange::pivot, RootChange::cover));

}  // namespace
}  // namespace mayfly::jail
