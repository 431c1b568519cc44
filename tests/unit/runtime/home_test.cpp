#include "runtime/home.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

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
};

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

    EXPECT_THAT(names_in(home.functions()), ElementsAre("a", "b"));
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
