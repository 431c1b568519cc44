#include "guest/fs/path.h"

#include <gtest/gtest.h>

#include "doubles.h"
#include "guest/fs/file.h"
#include "guest/fs/tmpfs.h"
#include "guest/fs/tmpfs_space.h"

namespace mayfly::guest {
namespace {

// A tmpfs with /a/b/file, /a/link -> b, /loop -> loop, /absolute -> /a/b.
class PathTest : public testing::Test {
protected:
    void SetUp() override {
        filesystem_ = *make_ref<TmpfsFileSystem>("tmpfs", 1u);
        root_ = *make_ref<Dentry>(nullptr, String{}, *TmpfsFileSystem::make_root(filesystem_, 0755));
        context_.set_root(root_);
        doubles::set_root(root_);
        auto a = make(root_, "a", S_IFDIR);
        auto b = make(a, "b", S_IFDIR);
        make(b, "file", S_IFREG);
        ASSERT_TRUE(a->inode().make_symlink("link", "b"));
        ASSERT_TRUE(root_->inode().make_symlink("loop", "loop"));
        ASSERT_TRUE(root_->inode().make_symlink("absolute", "/a/b"));
        ASSERT_TRUE(root_->inode().make_symlink("dangling", "a/new"));
    }
    void TearDown() override { doubles::set_root(nullptr); }

    static Ref<Dentry> make(const Ref<Dentry>& directory, std::string_view name, u32 type) {
        auto inode = directory->inode().make(name, type | 0755, 0);
        return *directory->add_child(name, std::move(*inode));
    }
    std::string find(std::string_view path, bool follow = true) {
        const auto found = resolve(context_, root_, path, follow);
        if (!found) return "errno " + std::to_string(found.error().value);
        return std::string((*found)->path(*root_)->view());
    }

    FsContext context_;
    Ref<TmpfsFileSystem> filesystem_;
    Ref<Dentry> root_;
};

TEST_F(PathTest, SlashesAndDotsAreSkipped) {
    EXPECT_EQ(find("/a/b/file"), "/a/b/file");
    EXPECT_EQ(find("//a/.//b/./file"), "/a/b/file");
    EXPECT_EQ(find("a/b/.."), "/a");
    EXPECT_EQ(find("/"), "/");
    EXPECT_EQ(find("/../.."), "/");
    EXPECT_EQ(find("."), "/");
}

TEST_F(PathTest, ErrorsSayWhatIsWrong) {
    EXPECT_EQ(find(""), "errno " + std::to_string(ENOENT));
    EXPECT_EQ(find("a/missing"), "errno " + std::to_string(ENOENT));
    EXPECT_EQ(find("missing/file"), "errno " + std::to_string(ENOENT));
    EXPECT_EQ(find("a/b/file/"), "errno " + std::to_string(ENOTDIR));
    EXPECT_EQ(find("a/b/file/x"), "errno " + std::to_string(ENOTDIR));
    EXPECT_EQ(find("a/b/file/.."), "errno " + std::to_string(ENOTDIR));
    EXPECT_EQ(find("loop"), "errno " + std::to_string(ELOOP));
    EXPECT_EQ(find(std::string(256, 'x')), "errno " + std::to_string(ENAMETOOLONG));
    EXPECT_EQ(find(std::string(255, 'x')), "errno " + std::to_string(ENOENT));
}

TEST_F(PathTest, SymlinksAreFollowedAsAsked) {
    EXPECT_EQ(find("a/link/file"), "/a/b/file");
    EXPECT_EQ(find("a/link"), "/a/b");
    EXPECT_EQ(find("a/link", false), "/a/link");
    EXPECT_EQ(find("a/link/", false), "/a/b");
    EXPECT_EQ(find("absolute/file", false), "/a/b/file");
    EXPECT_EQ(find("loop", false), "/loop");
}

TEST_F(PathTest, AMissingLastComponentSaysWhereItWouldBe) {
    auto end = walk(context_, root_, "dangling", true);

    ASSERT_TRUE(end);
    EXPECT_FALSE(end->entry);
    EXPECT_EQ(end->name, "new");
    EXPECT_EQ(end->directory->name(), "a");
}

TEST_F(PathTest, ALongChainOfLinksEndsInTime) {
    std::string target = "a";
    for (int i = 0; i < 41; ++i) {
        const std::string name = "chain" + std::to_string(i);
        ASSERT_TRUE(root_->inode().make_symlink(name, target));
        target = name;
    }

    EXPECT_EQ(find("chain39"), "/a");
    EXPECT_EQ(find("chain40"), "errno " + std::to_string(ELOOP));
}

TEST_F(PathTest, ARootBelowTheRootIsNotLeft) {
    FsContext inner;
    inner.set_root(*resolve(context_, root_, "a", true));

    const auto found = resolve(inner, inner.root(), "../../b/file", true);

    ASSERT_TRUE(found);
    EXPECT_EQ((*found)->path(*inner.root())->view(), "/b/file");
}

TEST_F(PathTest, NamesMoveWithTheirDirectory) {
    auto a = *resolve(context_, root_, "a", true);
    auto file = *resolve(context_, root_, "a/b/file", true);
    ASSERT_TRUE(root_->inode().rename("a", a->inode(), root_->inode(), "z", nullptr, false));
    ASSERT_TRUE(a->move_to(root_, "z"));

    EXPECT_EQ(file->path(*root_)->view(), "/z/b/file");
    EXPECT_EQ(find("a/b/file"), "errno " + std::to_string(ENOENT));
    EXPECT_EQ(find("z/b/file"), "/z/b/file");
}

TEST_F(PathTest, ARemovedFileIsFreedAtOnceThoughItsNameWasKept) {
    const u64 before = TmpfsSpace::used_inodes();
    auto file = make(root_, "short-lived", S_IFREG);
    ASSERT_TRUE(root_->inode().unlink("short-lived", file->inode()));
    file->mark_deleted();

    file = nullptr;

    EXPECT_EQ(TmpfsSpace::used_inodes(), before);
}

TEST_F(PathTest, VeryDeepTreesAreReleasedWithoutRecursion) {
    Ref<Dentry> deep = root_;
    for (int i = 0; i < 100'000; ++i) {
        deep = *make_ref<Dentry>(deep, *String::of("d"), root_->inode_ref());
    }

    deep = nullptr;

    EXPECT_EQ(find("a"), "/a");
}

}  // namespace
}  // namespace mayfly::guest
