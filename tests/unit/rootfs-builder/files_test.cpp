#include "rootfs-builder/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "rootfs-builder/unpack.h"
#include "scratch.h"

namespace fs = std::filesystem;

namespace mayfly::rootfs {
namespace {

TEST(TemporaryDirectory, RemovesEvenFoldersWithoutWritePermission) {
    const Scratch scratch;
    fs::path path;
    {
        const auto temporary = TemporaryDirectory::create(scratch.path());
        path = temporary->path();
        fs::create_directories(path / "closed/inner");
        fs::permissions(path / "closed", fs::perms::owner_read);
    }

    EXPECT_FALSE(fs::exists(path));
}

TEST(TemporaryDirectory, TheNextOneClearsWhatAKilledProcessLeft) {
    const Scratch scratch;
    scratch.write("tree-abcdef/root/file", "left over");

    const auto temporary = TemporaryDirectory::create(scratch.path());

    ASSERT_TRUE(temporary);
    EXPECT_FALSE(scratch.has("tree-abcdef"));
}

TEST(TemporaryDirectory, TheNextOneLeavesThoseInUse) {
    const Scratch scratch;
    const auto first = TemporaryDirectory::create(scratch.path());

    const auto second = TemporaryDirectory::create(scratch.path());

    EXPECT_TRUE(fs::exists(first->path()));
    EXPECT_TRUE(fs::exists(second->path()));
}

TEST(PendingFile, IsGoneWithoutCommit) {
    const Scratch scratch;
    {
        const PendingFile file(scratch / "image");
        ASSERT_TRUE(write_file(file.path(), "half"));
    }

    EXPECT_TRUE(fs::is_empty(scratch.path()));
}

TEST(PendingFile, TakesItsNameAtCommit) {
    const Scratch scratch;
    scratch.write("image", "old");
    PendingFile file(scratch / "image");
    ASSERT_TRUE(write_file(file.path(), "new"));

    ASSERT_TRUE(file.commit());

    EXPECT_EQ(scratch.text("image"), "new");
}

TEST(WriteFile, ReplacesALinkInsteadOfFollowingIt) {
    const Scratch scratch;
    scratch.write("outside", "kept");
    scratch.link("etc/hosts", (scratch / "outside").string());

    ASSERT_TRUE(write_file(scratch / "etc/hosts", "ours"));

    EXPECT_EQ(scratch.text("outside"), "kept");
    EXPECT_EQ(scratch.text("etc/hosts"), "ours");
}

TEST(WriteFile, ModeDoesNotDependOnTheUmask) {
    const Scratch scratch;
    const mode_t before = ::umask(077);

    ASSERT_TRUE(write_file(scratch / "folder/file", "x"));

    ::umask(before);
    EXPECT_EQ(fs::status(scratch / "folder/file").permissions(), fs::perms(0644));
    EXPECT_EQ(fs::status(scratch / "folder").permissions(), fs::perms(0755));
}

TEST(Measure, CountsWholeBlocksAndHardLinksOnce) {
    const Scratch scratch;
    scratch.write("one", std::string(5000, 'x'));
    scratch.write("folder/empty", "");
    fs::create_hard_link(scratch / "one", scratch / "again");

    const auto size = measure(scratch.path());

    ASSERT_TRUE(size);
    EXPECT_EQ(size->bytes, 8192u);
    EXPECT_EQ(size->files, 4u);
}

TEST(Walk, IsSortedAndFollowsNoLinks) {
    const Scratch scratch;
    scratch.write("b/2", "");
    scratch.write("a", "");
    scratch.link("c", "b");
    std::vector<std::string> seen;
    const auto note = [&](const fs::directory_entry& entry) -> Result<void> {
        seen.push_back(fs::relative(entry.path().parent_path(), scratch.path()) / entry.path().filename());
        return {};
    };

    ASSERT_TRUE(walk(scratch.path(), note));

    EXPECT_THAT(seen, testing::ElementsAre("./a", "./b", "b/2", "./c"));
}

TEST(RemoveTree, TakesFoldersThatMayNotBeWrittenTo) {
    const Scratch scratch;
    scratch.write("tree/a/b", "");
    fs::permissions(scratch / "tree/a", fs::perms::owner_read | fs::perms::owner_exec);
    fs::permissions(scratch / "tree", fs::perms::owner_read | fs::perms::owner_exec);

    EXPECT_TRUE(remove_tree(scratch / "tree"));

    EXPECT_FALSE(scratch.has("tree"));
}

TEST(MergeUsr, MovesFoldersAndLeavesLinks) {
    const Scratch tree;
    tree.write("lib/x86_64-linux-gnu/libc.so.6", "c");
    tree.write("usr/lib/x86_64-linux-gnu/libz.so.1", "z");
    tree.link("lib64/ld.so", "/lib/x86_64-linux-gnu/ld.so");

    ASSERT_TRUE(merge_usr(tree.path()));

    EXPECT_EQ(fs::read_symlink(tree / "lib"), "usr/lib");
    EXPECT_EQ(fs::read_symlink(tree / "bin"), "usr/bin");
    EXPECT_EQ(tree.text("usr/lib/x86_64-linux-gnu/libc.so.6"), "c");
    EXPECT_EQ(tree.text("lib/x86_64-linux-gnu/libz.so.1"), "z");
    EXPECT_EQ(fs::read_symlink(tree / "usr/lib64/ld.so"), "/lib/x86_64-linux-gnu/ld.so");
    EXPECT_FALSE(tree.has("lib32"));
}

}  // namespace
}  // namespace mayfly::rootfs
