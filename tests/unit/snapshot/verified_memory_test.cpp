#include "snapshot/verified_memory.h"

#include <gtest/gtest.h>

#include <fstream>

#include "snapshot/digest.h"
#include "snapshot/durable_file.h"
#include "tests/unit/snapshot/temporary_directory.h"

namespace mayfly::snapshot::test {
namespace {

class VerifiedMemory : public ::testing::Test {
protected:
    void write(const std::string& content) { std::ofstream(path_) << content; }
    void write_at(std::streamoff at, char byte) {
        std::fstream file(path_, std::ios::in | std::ios::out);
        file.seekp(at);
        file.put(byte);
    }
    ErrorCode open_code() {
        const auto opened = open_verified_memory(path_, content_.size(), xxh3(bytes_of(content_)));
        return opened ? ErrorCode{} : opened.error().code;
    }

    TemporaryDirectory directory_;
    std::filesystem::path path_ = directory_ / "memory";
    std::string content_ = std::string(100'000, 'm');
};

TEST_F(VerifiedMemory, OpensAndLeavesAStamp) {
    write(content_);

    EXPECT_TRUE(open_verified_memory(path_, content_.size(), xxh3(bytes_of(content_))));

    EXPECT_TRUE(std::filesystem::exists(directory_ / "memory.verified"));
}

TEST_F(VerifiedMemory, AChangeBeforeTheFirstOpenIsFound) {
    write(content_);
    write_at(70'000, 'x');

    EXPECT_EQ(open_code(), ErrorCode::corrupt);
}

TEST_F(VerifiedMemory, AChangeAfterTheStampIsFound) {
    write(content_);
    open_code();
    write_at(70'000, 'x');

    EXPECT_EQ(open_code(), ErrorCode::corrupt);
}

TEST_F(VerifiedMemory, AnotherFileOfTheSameLengthAndTimeIsFound) {
    write(content_);
    open_code();
    const auto time = std::filesystem::last_write_time(path_);
    std::string other = content_;
    other[5] = 'x';
    ASSERT_TRUE(write_file_durably(path_, other));
    std::filesystem::last_write_time(path_, time);

    EXPECT_EQ(open_code(), ErrorCode::corrupt);
}

TEST_F(VerifiedMemory, ATruncatedFileIsFound) {
    write(content_.substr(1));

    EXPECT_EQ(open_code(), ErrorCode::corrupt);
}

TEST_F(VerifiedMemory, ADamagedStampOnlyCostsAnotherLook) {
    write(content_);
    std::ofstream(directory_ / "memory.verified") << "nonsense";

    EXPECT_TRUE(open_verified_memory(path_, content_.size(), xxh3(bytes_of(content_))));
}

TEST_F(VerifiedMemory, AStampThatCannotBeWrittenIsNoError) {
    write(content_);
    std::filesystem::create_directory(directory_ / "memory.verified");
    std::ofstream(directory_.path() / "memory.verified" / "in-the-way") << "x";

    EXPECT_TRUE(open_verified_memory(path_, content_.size(), xxh3(bytes_of(content_))));
}

TEST(WriteFileDurably, ReplacesAndLeavesNoTemporaryFile) {
    TemporaryDirectory directory;
    ASSERT_TRUE(write_file_durably(directory / "file", "old"));

    ASSERT_TRUE(write_file_durably(directory / "file", "new"));

    EXPECT_EQ(*read_file(directory / "file", 100), "new");
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory.path()), {}), 1);
}

// hostile: G5
TEST(WriteFileDurably, LeavesNothingWhenItFails) {
    TemporaryDirectory directory;
    std::filesystem::create_directory(directory / "taken");
    std::ofstream(directory.path() / "taken" / "x") << "x";

    EXPECT_FALSE(write_file_durably(directory / "taken", "content"));

    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory.path()), {}), 1);
}

TEST(ReadFile, StopsAtItsLimit) {
    const auto read = read_file("/proc/self/maps", 10);

    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, ErrorCode::too_large);
}

}  // namespace
}  // namespace mayfly::snapshot::test
