#include "runtime/home.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "tests/unit/snapshot/temporary_directory.h"

namespace mayfly::runtime {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class HomeTest : public ::testing::Test {
protected:
    Home open() { return std::move(*Home::open((directory_ / "home").string())); }
    std::vector<std::string> workspaces() {
        std::vector<std::string> found;
        for (const auto& entry : fs::directory_iterator(directory_.path() / "home" / "temporary"))
            found.push_back(entry.path().filename());
        return found;
    }
    static void fill(const fs::path& folder, const std::string& content) {
        fs::create_directories(folder);
        std::ofstream(folder / "file") << content;
    }
    static std::string content(const fs::path& folder) {
        std::ifstream file(folder / "file");
        return {std::istreambuf_iterator<char>(file), {}};
    }

    snapshot::test::TemporaryDirectory directory_;
    const std::atomic<bool> never_{false};
};

// hostile: G13
TEST_F(HomeTest, AWorkspaceIsGoneWithItsOwner) {
    const Home home = open();
    {
        const auto workspace = home.workspace();
        EXPECT_EQ(workspaces().size(), 1u);
    }

    EXPECT_THAT(workspaces(), IsEmpty());
}

TEST_F(HomeTest, WhatAKilledProcessLeftIsClearedAtTheNextOpen) {
    const Home home = open();
    const pid_t child = ::fork();
    if (child == 0) {
        auto workspace = home.workspace();
        fill(workspace->path() / "half", "made");
        ::kill(::getpid(), SIGKILL);
    }
    ::waitpid(child, nullptr, 0);
    ASSERT_EQ(workspaces().size(), 1u);

    open();

    EXPECT_THAT(workspaces(), IsEmpty());
}

TEST_F(HomeTest, TheWorkspaceOfALivingOwnerIsLeftAlone) {
    const Home home = open();
    const auto workspace = home.workspace();
    fill(workspace->path() / "half", "made");

    open();

    EXPECT_EQ(content(workspace->path() / "half"), "made");
}

TEST_F(HomeTest, PublishReplacesAsAWhole) {
    const Home home = open();
    fill(home.function("f"), "old");
    {
        const auto workspace = home.workspace();
        fill(workspace->path() / "new", "new");
        ASSERT_TRUE(home.publish("function", workspace->path() / "new", home.function("f")));
    }

    EXPECT_EQ(content(home.function("f")), "new");
    EXPECT_THAT(workspaces(), IsEmpty());
}

TEST_F(HomeTest, PublishGivesANewNameToo) {
    const Home home = open();
    const auto workspace = home.workspace();
    fill(workspace->path() / "new", "new");

    ASSERT_TRUE(home.publish("function", workspace->path() / "new", home.function("f")));

    EXPECT_EQ(content(home.function("f")), "new");
}

TEST_F(HomeTest, RetireLeavesNothing) {
    const Home home = open();
    fill(home.function("f"), "old");

    ASSERT_TRUE(home.retire("function", home.function("f")));

    EXPECT_FALSE(fs::exists(home.function("f")));
    EXPECT_THAT(workspaces(), IsEmpty());
    EXPECT_EQ(home.retire("function", home.function("f")).error().code, ErrorCode::not_found);
}

// In a file system of so few files that it is full soon.
TEST_F(HomeTest, RetireWorksOnAFullDisk) {
    constexpr int kNotAllowed = 77;
    fs::create_directory(directory_ / "small");
    const pid_t child = ::fork();
    if (child == 0) {
        if (::unshare(CLONE_NEWNS) != 0 || ::mount("", "/", "", MS_REC | MS_PRIVATE, nullptr) != 0 ||
            ::mount("", (directory_ / "small").c_str(), "tmpfs", 0, "nr_inodes=20") != 0)
            ::_exit(kNotAllowed);
        const auto home = Home::open((directory_ / "small").string());
        fill(home->function("f"), "old");
        { const auto lock = home->lock_for_open("function", "f"); }
        int number = 0;
        while (std::ofstream(home->path() / std::to_string(number))) ++number;
        const bool is_removed = static_cast<bool>(home->retire("function", home->function("f")));
        ::_exit(is_removed && !fs::exists(home->function("f")) ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);

    if (WEXITSTATUS(status) == kNotAllowed) GTEST_SKIP() << "nothing can be mounted here";
    EXPECT_EQ(status, 0);
}

// hostile: C14
TEST_F(HomeTest, IsForItsUserAlone) {
    const mode_t before = ::umask(0);

    const Home home = open();

    ::umask(before);
    EXPECT_EQ(fs::status(home.path()).permissions(), fs::perms::owner_all);
}

TEST_F(HomeTest, MayBeNamedWithASlash) {
    const auto home = Home::open((directory_ / "one" / "home").string() + "/");

    EXPECT_EQ(home->path(), directory_ / "one" / "home");
    EXPECT_EQ(fs::status(home->path()).permissions(), fs::perms::owner_all);
}

TEST_F(HomeTest, NoNameLeavesAFile) {
    const Home home = open();
    const auto count = [&] { return std::distance(fs::recursive_directory_iterator(home.path()), {}); };
    { const auto lock = home.lock_for_open("function", "first"); }
    const auto before = count();

    for (const char* name : {"f", "g", "absent"}) {
        const auto change = home.lock_for_change("function", name);
        const auto use = home.lock_for_use("image", name);
        const auto open = home.lock_for_open("function", name);
    }

    EXPECT_EQ(count(), before);
}

TEST_F(HomeTest, WaitsForAChangeToEnd) {
    const Home home = open();
    auto first = home.lock_for_change("function", "f");
    std::atomic<bool> is_free{false};
    std::thread other([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        is_free = true;
        first->reset();
    });

    const auto second = home.wait_for_change("function", "f", never_);
    const bool was_free = is_free;
    other.join();

    EXPECT_TRUE(second);
    EXPECT_TRUE(was_free);
}

TEST_F(HomeTest, AWaitForAChangeCanBeInterrupted) {
    const Home home = open();
    const auto first = home.lock_for_change("function", "f");
    const std::atomic<bool> is_stopped{true};

    EXPECT_EQ(home.wait_for_change("function", "f", is_stopped).error().code, ErrorCode::unavailable);
}

TEST_F(HomeTest, WhatIsUsedIsNotRemoved) {
    const Home home = open();
    auto user = home.lock_for_use("image", "i");
    const auto another = home.lock_for_use("image", "i");
    ASSERT_TRUE(user && another);

    EXPECT_EQ(home.lock_for_removal("image", "i").error().code, ErrorCode::busy);
    EXPECT_TRUE(home.lock_for_change("image", "i"));
    EXPECT_TRUE(home.lock_for_removal("image", "j"));
}

TEST_F(HomeTest, ASecondChangeOfOneNameIsBusy) {
    const Home home = open();
    const auto first = home.lock_for_change("function", "f");
    ASSERT_TRUE(first);

    EXPECT_EQ(home.lock_for_change("function", "f").error().code, ErrorCode::busy);
    EXPECT_TRUE(home.lock_for_change("function", "g"));
    EXPECT_TRUE(home.lock_for_change("image", "f"));
    EXPECT_TRUE(home.lock_for_open("function", "f"));
}

TEST_F(HomeTest, ALockEndsWithItsOwner) {
    const Home home = open();
    { const auto first = home.lock_for_change("function", "f"); }

    EXPECT_TRUE(home.lock_for_change("function", "f"));
}

TEST_F(HomeTest, ListsOnlyNamesThatCanBeOurs) {
    const Home home = open();
    fill(home.functions() / "b", "");
    fill(home.functions() / "a", "");
    fill(home.functions() / ".hidden", "");
    fill(home.functions() / "Upper", "");
    std::ofstream(home.functions() / "file") << "x";

    EXPECT_THAT(*names_in(home.functions()), ElementsAre("a", "b"));
}

// hostile: G5 G11
TEST_F(HomeTest, SaysWhenAFolderCannotBeListed) {
    const auto names = names_in(directory_ / "absent");

    ASSERT_FALSE(names);
    EXPECT_EQ(names.error().code, ErrorCode::io);
}

TEST_F(HomeTest, FollowsTheEnvironment) {
    ::setenv("MAYFLY_HOME", (directory_ / "one").c_str(), 1);
    EXPECT_EQ(Home::open("")->path(), directory_ / "one");
    ::unsetenv("MAYFLY_HOME");
    ::setenv("XDG_DATA_HOME", (directory_ / "two").c_str(), 1);
    EXPECT_EQ(Home::open("")->path(), directory_ / "two" / "mayfly");
    ::unsetenv("XDG_DATA_HOME");
    ::setenv("HOME", (directory_ / "three").c_str(), 1);
    EXPECT_EQ(Home::open("")->path(), directory_ / "three" / ".local/share/mayfly");
}

TEST_F(HomeTest, SaysWhenThePlaceIsNoFolder) {
    std::ofstream(directory_ / "file") << "x";

    const auto home = Home::open((directory_ / "file").string());

    ASSERT_FALSE(home);
    EXPECT_NE(home.error().message().find("file"), std::string::npos);
}

}  // namespace
}  // namespace mayfly::runtime
