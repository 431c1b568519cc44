// With the controllers of this host; without any, only that nothing is promised.
#include "runtime/control_group.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>

namespace mayfly::runtime {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr GroupLimits kSmall{64ull << 20, 0};

class ControlGroupTest : public testing::Test {
protected:
    void SetUp() override {
        groups_ = ControlGroups::open(group_layout());
        if (!groups_->has(Controller::memory) || !groups_->has(Controller::cpu))
            GTEST_SKIP() << "no control groups: " << groups_->missing();
    }

    // The folders of groups of this process.
    static std::vector<fs::path> folders() {
        std::vector<fs::path> found;
        for (const GroupHierarchy& hierarchy : group_layout())
            for (const fs::directory_entry& entry : fs::directory_iterator(hierarchy.folder))
                if (entry.path().filename().string().starts_with("mayfly-" + std::to_string(::getpid()) + "-"))
                    found.push_back(entry.path());
        return found;
    }

    // A process in the group, of version 1 or in none, that does `body`; its status.
    template <class Body>
    static int in_group(const ControlGroup& group, const Body& body) {
        const std::vector<int> tasks = group.task_files();
        const pid_t pid = ::fork();
        if (pid == 0) {
            for (const int file : tasks)
                if (::write(file, "0", 1) != 1) ::_exit(100);
            ::_exit(body());
        }
        int status = 0;
        ::waitpid(pid, &status, 0);
        return status;
    }

    std::unique_ptr<ControlGroups> groups_;
};

// hostile: I1 I2 I3
TEST_F(ControlGroupTest, LeavesNothingBehind) {
    {
        const auto one = groups_->take(kSmall);
        const auto other = groups_->take({64ull << 20, 0.5});
        ASSERT_TRUE(one && other);
        EXPECT_GE(folders().size(), 2u);
    }

    groups_.reset();

    EXPECT_THAT(folders(), IsEmpty());
}

TEST_F(ControlGroupTest, IsUsedAgainOnceItsProcessIsGone) {
    { const auto first = groups_->take(kSmall); }
    const std::size_t made = folders().size();

    for (int i = 0; i < 5; ++i) {
        const auto again = groups_->take(kSmall);
        ASSERT_TRUE(again) << again.error().message();
        EXPECT_EQ(in_group(*again, [] { return 0; }), 0);
    }

    EXPECT_EQ(folders().size(), made);
}

TEST_F(ControlGroupTest, IsNotGivenOutWhileAProcessIsInIt) {
    std::optional<ControlGroup> group(groups_->take(kSmall).value());
    const std::vector<int> before = group->task_files();
    if (before.empty()) GTEST_SKIP() << "no hierarchy of version 1";
    int entered[2];
    ASSERT_EQ(::pipe(entered), 0);
    const pid_t pid = ::fork();
    if (pid == 0) {
        static_cast<void>(::write(before.front(), "0", 1));
        static_cast<void>(::write(entered[1], "!", 1));
        ::pause();
    }
    char byte = 0;
    ASSERT_EQ(::read(entered[0], &byte, 1), 1);
    for (const int fd : entered) ::close(fd);
    group.reset();

    const auto other = groups_->take(kSmall);

    EXPECT_NE(other.value().task_files(), before);
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
}

// hostile: F2 G9
TEST_F(ControlGroupTest, BoundsMemoryAndKnowsWhoWentOver) {
    auto group = groups_->take(kSmall).value();
    if (group.task_files().empty()) GTEST_SKIP() << "no hierarchy of version 1";

    const int status = in_group(group, [] {
        constexpr std::size_t kBytes = 256u << 20;
        void* memory = ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        std::memset(memory, 1, kBytes);
        return 0;
    });

    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    EXPECT_TRUE(group.has_run_out_of_memory());
    EXPECT_FALSE(group.has_run_out_of_memory());
}

// hostile: F1
TEST_F(ControlGroupTest, BoundsProcesses) {
    auto group = groups_->take(kSmall).value();
    if (!groups_->has(Controller::pids) || group.task_files().empty()) GTEST_SKIP() << "no controller of processes";

    const int status = in_group(group, [] {
        for (int made = 0; made < 100; ++made) {
            const pid_t pid = ::fork();
            if (pid == 0) {
                ::usleep(300'000);
                ::_exit(0);
            }
            if (pid < 0) return made;
        }
        return 99;
    });
    while (::waitpid(-1, nullptr, 0) > 0) {
    }

    EXPECT_GT(WEXITSTATUS(status), 2);
    EXPECT_LT(WEXITSTATUS(status), 20);
}

// hostile: F10
TEST_F(ControlGroupTest, BoundsTheShareOfAProcessor) {
    auto group = groups_->take({64ull << 20, 0.25}).value();
    if (group.task_files().empty()) GTEST_SKIP() << "no hierarchy of version 1";

    const int status = in_group(group, [] {
        timespec now{};
        timespec start{};
        ::clock_gettime(CLOCK_MONOTONIC, &start);
        do ::clock_gettime(CLOCK_MONOTONIC, &now);
        while ((now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1'000'000 < 600);
        timespec used{};
        ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
        return static_cast<int>((used.tv_sec * 1000 + used.tv_nsec / 1'000'000) / 10);  // fits a status
    });

    EXPECT_LE(WEXITSTATUS(status), 22);  // of 60, with a quarter
}

// hostile: G3 G13
TEST_F(ControlGroupTest, OfAProcessThatWasKilledIsClearedByTheNext) {
    const pid_t pid = ::fork();
    if (pid == 0) {
        auto theirs = ControlGroups::open(group_layout());
        const auto group = theirs->take(kSmall);
        ::_exit(group ? 0 : 1);  // without destructors, as when it is killed
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    ASSERT_EQ(status, 0);
    const std::string left = "mayfly-" + std::to_string(pid) + "-";

    const auto next = ControlGroups::open(group_layout());

    for (const GroupHierarchy& hierarchy : group_layout())
        for (const fs::directory_entry& entry : fs::directory_iterator(hierarchy.folder))
            EXPECT_FALSE(entry.path().filename().string().starts_with(left)) << entry.path();
}

// hostile: G10
TEST_F(ControlGroupTest, ThatSomebodyRemovedIsNotGivenOutAgain) {
    { const auto group = groups_->take(kSmall); }
    for (const fs::path& folder : folders()) ASSERT_EQ(::rmdir(folder.c_str()), 0);

    const auto other = groups_->take(kSmall);

    ASSERT_TRUE(other);
    EXPECT_EQ(in_group(*other, [] { return 0; }), 0);
}

// hostile: I4
TEST(ControlGroupsOfAHostWithout, PromiseNothing) {
    const auto groups = ControlGroups::open({});

    EXPECT_EQ(groups->describe(), "none");
    EXPECT_EQ(groups->missing(), "memory, pids, cpu");
    EXPECT_TRUE(groups->take(kSmall));
    const auto bounded = groups->take({64ull << 20, 0.5});
    ASSERT_FALSE(bounded);
    EXPECT_EQ(bounded.error().code, ErrorCode::unavailable);
    EXPECT_THAT(bounded.error().what, HasSubstr("--insecure-no-cgroup"));
}

// hostile: I4
TEST(ControlGroupsOfAHostWithout, AreDoneWithoutWhenThatIsAccepted) {
    const auto groups = ControlGroups::open({}, false);

    EXPECT_TRUE(groups->take({64ull << 20, 0.5}));
}

// hostile: I4
TEST(ControlGroupsInAFolderThatCantBeWritten, SayWhy) {
    const auto groups = ControlGroups::open({{1, "/proc", {Controller::memory}}});

    EXPECT_FALSE(groups->has(Controller::memory));
    EXPECT_THAT(groups->missing(), HasSubstr("/proc/mayfly-"));
}

}  // namespace
}  // namespace mayfly::runtime
