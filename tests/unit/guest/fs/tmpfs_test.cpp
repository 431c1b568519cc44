#include "guest/fs/tmpfs.h"

#include <gtest/gtest.h>
#include <linux/falloc.h>

#include <random>
#include <set>

#include "../host_heap.h"
#include "doubles.h"
#include "guest/fs/file.h"
#include "guest/fs/tmpfs_space.h"

namespace mayfly::guest {
namespace {

class TmpfsTest : public testing::Test {
protected:
    void SetUp() override {
        doubles::set_page_limit(1024);
        doubles::unmapped().clear();
        filesystem_ = *make_ref<TmpfsFileSystem>("tmpfs", 1u);
        root_ = *TmpfsFileSystem::make_root(filesystem_, 0755);
    }
    void TearDown() override {
        root_ = nullptr;
        EXPECT_EQ(TmpfsSpace::used_pages(), 0u);
    }

    Ref<Inode> make(std::string_view name, u32 type = S_IFREG) { return *root_->make(name, type | 0644, 0); }
    static ErrnoOr<usize> write(Inode& file, std::string text, u64 offset) {
        auto buffer = IoBuffer::kernel(std::as_writable_bytes(std::span(text)));
        return file.write_at(buffer, offset);
    }
    static std::string read(Inode& file, u64 offset, usize bytes) {
        std::string text(bytes, '?');
        auto buffer = IoBuffer::kernel(std::as_writable_bytes(std::span(text)));
        const auto got = file.read_at(buffer, offset);
        text.resize(got ? *got : 0);
        return text;
    }
    static std::multiset<std::string> names(Inode& directory, usize a_time) {
        struct Sink : DirectorySink {
            bool add(std::string_view name, u64, u32, u64 next) override {
                if (left == 0) return false;
                --left;
                found.insert(std::string(name));
                cursor = next;
                return true;
            }
            usize left = 0;
            u64 cursor = 0;
            std::multiset<std::string> found;
        } sink;
        usize before = 0;
        do {
            before = sink.found.size();
            sink.left = a_time;
            EXPECT_TRUE(directory.list(sink.cursor, sink));
        } while (sink.found.size() > before);
        return sink.found;
    }

    Ref<TmpfsFileSystem> filesystem_;
    Ref<Inode> root_;
};

TEST_F(TmpfsTest, ReadsBackWhatWasWrittenAcrossPages) {
    auto file = make("file");
    std::string text;
    for (int i = 0; text.size() < 20'000; ++i) text += std::to_string(i);

    ASSERT_EQ(*write(*file, text, 3000), text.size());

    EXPECT_EQ(file->size(), 3000 + text.size());
    EXPECT_EQ(read(*file, 3000, text.size()), text);
    EXPECT_EQ(read(*file, 0, 3000), std::string(3000, '\0'));
    EXPECT_EQ(read(*file, 3000 + text.size(), 10), "");
}

TEST_F(TmpfsTest, HolesTakeNoMemory) {
    auto file = make("file");

    ASSERT_TRUE(write(*file, "end", u64{1} << 40));

    EXPECT_EQ(TmpfsSpace::used_pages(), 1u);
    EXPECT_EQ(file->blocks(), 8u);
    EXPECT_EQ(*file->seek_data(0), u64{1} << 40);
    EXPECT_EQ(*file->seek_hole(0), 0u);
    EXPECT_EQ(read(*file, 12345, 4), std::string(4, '\0'));
}

TEST_F(TmpfsTest, WhatWasCutOffReadsAsZeroesWhenTheFileGrowsAgain) {
    auto file = make("file");
    ASSERT_TRUE(write(*file, std::string(10'000, 'x'), 0));

    ASSERT_TRUE(file->truncate(5000));
    ASSERT_TRUE(file->truncate(10'000));

    EXPECT_EQ(read(*file, 0, 10'000), std::string(5000, 'x') + std::string(5000, '\0'));
}

TEST_F(TmpfsTest, PagesThatWereMappedAreUnmappedBeforeTheyAreFreed) {
    auto file = make("file");
    ASSERT_TRUE(write(*file, std::string(10'000, 'x'), 0));
    ASSERT_TRUE(file->page(2, false));

    ASSERT_TRUE(file->truncate(4097));

    EXPECT_EQ(doubles::unmapped(), std::vector<u64>{2});
    EXPECT_EQ(file->page(2, false).error().value, ENXIO);
}

TEST_F(TmpfsTest, TheLimitIsENOSPCAndAPartialWriteBefore) {
    doubles::set_page_limit(3);
    auto file = make("file");

    const auto first = write(*file, std::string(5 * 4096, 'x'), 0);
    const auto second = write(*file, "y", 3 * 4096);

    EXPECT_EQ(*first, 3u * 4096);
    EXPECT_EQ(second.error().value, ENOSPC);
    EXPECT_EQ(file->size(), 3u * 4096);
    EXPECT_EQ(file->allocate(0, 0, 4 * 4096).error().value, ENOSPC);
}

TEST_F(TmpfsTest, PunchedHolesReadAsZeroes) {
    auto file = make("file");
    ASSERT_TRUE(write(*file, std::string(16'384, 'x'), 0));

    ASSERT_TRUE(file->allocate(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 1000, 10'000));

    EXPECT_EQ(read(*file, 0, 16'384), std::string(1000, 'x') + std::string(10'000, '\0') + std::string(5384, 'x'));
    EXPECT_EQ(TmpfsSpace::used_pages(), 3u);
}

TEST_F(TmpfsTest, RandomWritesAndTruncationsAgreeWithAString) {
    std::mt19937 random(3);
    auto file = make("file");
    std::string model;
    for (int step = 0; step < 2000; ++step) {
        const usize at = random() % 60'000;
        if (random() % 4 == 0) {
            model.resize(at, '\0');
            ASSERT_TRUE(file->truncate(at));
        } else {
            const std::string text(random() % 9000, static_cast<char>('a' + random() % 26));
            if (!text.empty() && model.size() < at + text.size()) model.resize(at + text.size(), '\0');
            model.replace(at < model.size() ? at : model.size(), text.size(), text);
            ASSERT_EQ(*write(*file, text, at), text.size());
        }
        ASSERT_EQ(file->size(), model.size());
    }
    EXPECT_EQ(read(*file, 0, model.size()), model);
}

TEST_F(TmpfsTest, AnUnlinkedFileLivesOnWhileItIsUsed) {
    auto file = make("file");
    ASSERT_TRUE(write(*file, "still here", 0));

    ASSERT_TRUE(root_->unlink("file", *file));

    EXPECT_EQ(root_->lookup("file").error().value, ENOENT);
    EXPECT_EQ(file->attributes().links, 0u);
    EXPECT_EQ(read(*file, 0, 100), "still here");
}

TEST_F(TmpfsTest, DirectoriesCountTheirSubdirectories) {
    auto one = make("one", S_IFDIR);
    make("two", S_IFDIR);
    EXPECT_EQ(root_->attributes().links, 4u);
    ASSERT_TRUE(one->make("inside", S_IFREG, 0));

    EXPECT_EQ(root_->remove_directory("one", *one).error().value, ENOTEMPTY);
    ASSERT_TRUE(one->unlink("inside", **one->lookup("inside")));
    ASSERT_TRUE(root_->remove_directory("one", *one));

    EXPECT_EQ(root_->attributes().links, 3u);
    EXPECT_EQ(one->make("late", S_IFREG, 0).error().value, ENOENT);
}

TEST_F(TmpfsTest, ListingSeesEveryNameOnceWhileNamesAreRemoved) {
    for (int i = 0; i < 200; ++i) make("n" + std::to_string(i));
    EXPECT_EQ(names(*root_, 7).size(), 200u);

    for (int i = 0; i < 200; i += 2) {
        const std::string name = "n" + std::to_string(i);
        ASSERT_TRUE(root_->unlink(name, **root_->lookup(name)));
    }

    const auto left = names(*root_, 3);
    EXPECT_EQ(left.size(), 100u);
    EXPECT_EQ(left.count("n1"), 1u);
    EXPECT_EQ(left.count("n0"), 0u);
}

TEST_F(TmpfsTest, RenameReplacesAndKeepsTheCounts) {
    auto from = make("from", S_IFDIR);
    auto to = make("to", S_IFDIR);
    auto moved = *from->make("moved", S_IFDIR | 0755, 0);
    auto replaced = *to->make("moved", S_IFDIR | 0755, 0);

    ASSERT_TRUE(from->rename("moved", *moved, *to, "moved", replaced.get(), false));

    EXPECT_EQ(from->attributes().links, 2u);
    EXPECT_EQ(to->attributes().links, 3u);
    EXPECT_EQ((*to->lookup("moved")).get(), moved.get());
    EXPECT_EQ(replaced->attributes().links, 0u);
    EXPECT_EQ(names(*to, 10).size(), 1u);
}

TEST_F(TmpfsTest, ExchangeSwapsAFileAndADirectory) {
    auto folder = make("folder", S_IFDIR);
    auto inner = *folder->make("file", S_IFREG | 0644, 0);
    auto other = make("other", S_IFDIR);

    ASSERT_TRUE(folder->rename("file", *inner, *root_, "other", other.get(), true));

    EXPECT_EQ((*root_->lookup("other")).get(), inner.get());
    EXPECT_EQ((*folder->lookup("file")).get(), other.get());
    EXPECT_EQ(root_->attributes().links, 3u);
    EXPECT_EQ(folder->attributes().links, 3u);
}

TEST_F(TmpfsTest, SealsHold) {
    auto file = make("file");
    ASSERT_TRUE(write(*file, "sealed", 0));
    file->set_seals(F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW);

    EXPECT_EQ(write(*file, "x", 0).error().value, EPERM);
    EXPECT_EQ(file->truncate(1).error().value, EPERM);
    EXPECT_EQ(file->truncate(100).error().value, EPERM);
    EXPECT_FALSE(file->writable());
}

TEST_F(TmpfsTest, AFolderThatFindsNoMemoryLeavesNothingBehind) {
    for (long allocations = 0;; ++allocations) {
        doubles::set_allocations_left(allocations);
        const bool made = root_->make("folder", S_IFDIR | 0755, 0).has_value();
        doubles::set_allocations_left(-1);
        if (made) break;
        EXPECT_EQ(root_->attributes().links, 2u) << allocations;
        EXPECT_FALSE(root_->lookup("folder"));
    }
    EXPECT_EQ(root_->attributes().links, 3u);
}

}  // namespace
}  // namespace mayfly::guest
