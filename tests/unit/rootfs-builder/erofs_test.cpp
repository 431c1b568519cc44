#include "rootfs-builder/erofs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdint>
#include <cstring>

#include "abi/layout.h"
#include "rootfs-builder/large_pages.h"
#include "scratch.h"

namespace fs = std::filesystem;

namespace mayfly::rootfs {
namespace {

using testing::HasSubstr;

constexpr std::size_t kBlock = 4096;

TEST(ErofsFromDirectory, SameFilesGiveTheSameBytes) {
    const Scratch scratch;
    scratch.write("one/a.py", "A");
    scratch.write("one/b/c.py", std::string(9000, 'c'));
    scratch.link("one/link", "a.py");
    scratch.link("two/link", "a.py");
    scratch.write("two/b/c.py", std::string(9000, 'c'));
    scratch.write("two/a.py", "A");
    fs::last_write_time(scratch / "two/a.py", fs::file_time_type::clock::now() - std::chrono::hours(100));

    const auto one = build_erofs_from_directory(scratch / "one", scratch / "one.erofs");
    const auto two = build_erofs_from_directory(scratch / "two", scratch / "two.erofs");

    ASSERT_TRUE(one) << one.error().message();
    ASSERT_TRUE(two) << two.error().message();
    EXPECT_EQ(one->sha256, two->sha256);
    EXPECT_EQ(scratch.text("one.erofs"), scratch.text("two.erofs"));
    EXPECT_EQ(one->bytes, fs::file_size(scratch / "one.erofs"));
}

TEST(ErofsFromDirectory, OtherContentGivesAnotherDigest) {
    const Scratch scratch;
    scratch.write("code/a.py", "A");
    const auto before = build_erofs_from_directory(scratch / "code", scratch / "image");
    scratch.write("code/a.py", "B");

    const auto after = build_erofs_from_directory(scratch / "code", scratch / "image");

    ASSERT_TRUE(before && after);
    EXPECT_NE(before->sha256, after->sha256);
}

// What guest/fs relies on: the table in rootfs-builder/README.md.
TEST(ErofsFromDirectory, SuperblockIsAsDocumented) {
    const Scratch scratch;
    scratch.write("code/a.py", "A");
    ASSERT_TRUE(build_erofs_from_directory(scratch / "code", scratch / "image"));
    const std::string image = scratch.text("image");
    const auto field = [&](std::size_t offset, auto value) {
        std::memcpy(&value, image.data() + 1024 + offset, sizeof value);
        return value;
    };

    EXPECT_EQ(field(0, std::uint32_t{}), 0xe0f5e1e2u);
    EXPECT_EQ(field(12, std::uint8_t{}), 12);
    EXPECT_EQ(field(24, std::uint64_t{}), 1577836800u);
    EXPECT_EQ(field(36, std::uint32_t{}), image.size() / kBlock);
    EXPECT_EQ(field(80, std::uint32_t{}), 0u);
}

TEST(ErofsFromDirectory, FileDataBeginsOnAPage) {
    const Scratch scratch;
    const std::string small = "small file, still on a page of its own";
    const std::string large = "large:" + std::string(2 * kBlock, 'l');
    scratch.write("code/small", small);
    scratch.write("code/large", large);
    ASSERT_TRUE(build_erofs_from_directory(scratch / "code", scratch / "image"));

    const std::string image = scratch.text("image");

    ASSERT_NE(image.find(small), std::string::npos);
    EXPECT_EQ(image.find(small) % kBlock, 0u);
    EXPECT_EQ(image.find(large) % kBlock, 0u);
}

// Of no file are two pages alike.
std::string program(std::size_t bytes) {
    std::string text;
    while (text.size() < bytes) text += "page " + std::to_string(text.size() / kBlock) + std::string(kBlock - 40, '.');
    return text.substr(0, bytes);
}

TEST(ErofsFromDirectory, AnAlignedFileBeginsAtALargePage) {
    const Scratch scratch;
    const std::string text = program(3'000'000);
    scratch.write("root/etc/passwd", "root");
    scratch.write("root/usr/bin/a", std::string(9000, 'a'));
    scratch.write("root/usr/bin/program", text);
    scratch.write("root/usr/lib/z", "z");

    const auto report =
        build_erofs_from_directory(scratch / "root", scratch / "image", {.aligned_file = "usr/bin/program"});
    const auto again =
        build_erofs_from_directory(scratch / "root", scratch / "again", {.aligned_file = "usr/bin/program"});

    ASSERT_TRUE(report) << report.error().message();
    ASSERT_TRUE(again) << again.error().message();
    const std::size_t at = scratch.text("image").find(text);
    ASSERT_NE(at, std::string::npos);
    EXPECT_EQ(at % abi::kLargePageSize, 0u);
    EXPECT_EQ(report->sha256, again->sha256);
}

TEST(ErofsFromDirectory, AMissingAlignedFileIsAnError) {
    const Scratch scratch;
    scratch.write("root/a", "a");

    const auto report = build_erofs_from_directory(scratch / "root", scratch / "image", {.aligned_file = "b"});

    ASSERT_FALSE(report);
    EXPECT_FALSE(scratch.has("image"));
}

TEST(CopyInLargePieces, CopiesAllBytes) {
    const Scratch scratch;
    const std::string text = program(20'000'001);
    scratch.write("from", text);

    const auto copied = copy_in_large_pieces(scratch / "from", scratch / "to");

    ASSERT_TRUE(copied) << copied.error().message();
    EXPECT_EQ(scratch.text("to"), text);
}

TEST(FindContent, FindsAFileThatLiesInOnePiece) {
    const Scratch scratch;
    const std::string text = program(50'000);
    scratch.write("image", std::string(3 * kBlock, 'x') + text.substr(0, kBlock) + text + "more");
    scratch.write("file", text);
    scratch.write("other", "other");

    const auto at = find_content(scratch / "image", scratch / "file");
    const auto nowhere = find_content(scratch / "image", scratch / "other");

    ASSERT_TRUE(at && nowhere);
    EXPECT_EQ(*at, 4 * kBlock);
    EXPECT_EQ(*nowhere, std::nullopt);
}

TEST(ErofsFromDirectory, LinksOutOfTheFolderAreStoredNotFollowed) {
    const Scratch scratch;
    scratch.write("secret", "do not copy this");
    scratch.link("code/link", "../secret");
    ASSERT_TRUE(build_erofs_from_directory(scratch / "code", scratch / "image"));

    const std::string image = scratch.text("image");

    EXPECT_EQ(image.find("do not copy this"), std::string::npos);
    EXPECT_NE(image.find("../secret"), std::string::npos);
}

TEST(ErofsFromDirectory, ALinkToTheFolderItselfIsFollowed) {
    const Scratch scratch;
    scratch.write("code/a.py", "the code");
    scratch.link("current", "code");

    ASSERT_TRUE(build_erofs_from_directory(scratch / "current", scratch / "image"));

    EXPECT_NE(scratch.text("image").find("the code"), std::string::npos);
}

TEST(ErofsFromDirectory, LeavesByteCodeOut) {
    const Scratch scratch;
    scratch.write("code/a.py", "A");
    const auto without = build_erofs_from_directory(scratch / "code", scratch / "image");
    scratch.write("code/__pycache__/a.cpython-311.pyc", "compiled");

    const auto with = build_erofs_from_directory(scratch / "code", scratch / "image");

    ASSERT_TRUE(without && with);
    EXPECT_EQ(with->sha256, without->sha256);
}

TEST(ErofsFromDirectory, RefusesAFifoByName) {
    const Scratch scratch;
    scratch.folder("code");
    ASSERT_EQ(::mkfifo((scratch / "code/queue").c_str(), 0600), 0);

    const auto report = build_erofs_from_directory(scratch / "code", scratch / "image");

    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, ErrorCode::usage);
    EXPECT_THAT(report.error().what, HasSubstr("queue"));
    EXPECT_FALSE(scratch.has("image"));
}

TEST(ErofsFromDirectory, RefusesMoreBytesThanAllowed) {
    const Scratch scratch;
    scratch.write("code/a", std::string(600, 'x'));
    scratch.write("code/b", std::string(600, 'x'));

    const auto report = build_erofs_from_directory(scratch / "code", scratch / "image", {.max_bytes = 1000});

    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, ErrorCode::too_large);
}

TEST(ErofsFromDirectory, RefusesMoreFilesThanAllowed) {
    const Scratch scratch;
    scratch.write("code/a", "");
    scratch.write("code/b", "");

    const auto report = build_erofs_from_directory(scratch / "code", scratch / "image", {.max_files = 1});

    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, ErrorCode::too_large);
}

TEST(ErofsFromDirectory, MissingFolderIsNamed) {
    const Scratch scratch;

    const auto report = build_erofs_from_directory(scratch / "nowhere", scratch / "image");

    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, ErrorCode::not_found);
    EXPECT_THAT(report.error().what, HasSubstr("nowhere"));
}

TEST(ErofsFromDirectory, ARelativePathInAFolderThatIsGoneIsAnError) {
    const Scratch scratch;
    scratch.folder("gone");
    const fs::path before = fs::current_path();
    fs::current_path(scratch / "gone");
    fs::remove(scratch / "gone");

    const auto report = build_erofs_from_directory(".", scratch / "image");
    fs::current_path(before);

    EXPECT_FALSE(report);
}

TEST(ErofsFromDirectory, AFileInsteadOfAFolderIsRefused) {
    const Scratch scratch;
    scratch.write("app.py", "");

    const auto report = build_erofs_from_directory(scratch / "app.py", scratch / "image");

    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, ErrorCode::usage);
}

TEST(ErofsFromDirectory, AnEmptyFolderIsAnImageToo) {
    const Scratch scratch;
    scratch.folder("code");

    const auto report = build_erofs_from_directory(scratch / "code", scratch / "image");

    ASSERT_TRUE(report) << report.error().message();
    EXPECT_GE(report->bytes, kBlock);
}

}  // namespace
}  // namespace mayfly::rootfs
