#include "guest/fs/fd_table.h"

#include <gtest/gtest.h>

namespace mayfly::guest {
namespace {

class CountingFile final : public File {
public:
    explicit CountingFile(int& closed) : File(O_RDWR), closed_(closed) {}
    ~CountingFile() override { ++closed_; }

private:
    int& closed_;
};

class FdTableTest : public testing::Test {
protected:
    Ref<File> file() { return *make_ref<CountingFile>(closed_); }
    int closed_ = 0;
    FdTable table_;
};

TEST_F(FdTableTest, GivesTheLowestFreeNumber) {
    EXPECT_EQ(*table_.install(file(), false), 0);
    EXPECT_EQ(*table_.install(file(), false), 1);
    EXPECT_EQ(*table_.install(file(), false, 10), 10);
    ASSERT_TRUE(table_.close(0));

    EXPECT_EQ(*table_.install(file(), false), 0);
    EXPECT_EQ(*table_.install(file(), false), 2);
    EXPECT_EQ(closed_, 1);
}

TEST_F(FdTableTest, AReservationThatIsNotUsedIsGivenBack) {
    {
        auto first = table_.reserve();
        auto second = table_.reserve();
        EXPECT_EQ(first->fd(), 0);
        EXPECT_EQ(second->fd(), 1);
        EXPECT_EQ(table_.get(0).error().value, EBADF);
        second->install(file(), true);
    }

    EXPECT_TRUE(*table_.close_on_exec(1));
    EXPECT_EQ(table_.next_open(0), 1);
    EXPECT_EQ(*table_.install(file(), false), 0);
}

TEST_F(FdTableTest, ReplacingClosesWhatWasThere) {
    auto kept = file();
    ASSERT_TRUE(table_.install(file(), false));

    ASSERT_TRUE(table_.replace(0, kept, false));
    ASSERT_TRUE(table_.replace(7, kept, true));

    EXPECT_EQ(closed_, 1);
    EXPECT_EQ((*table_.get(0)).get(), kept.get());
    EXPECT_EQ((*table_.get(7)).get(), kept.get());
    EXPECT_EQ(table_.next_open(1), 7);
}

TEST_F(FdTableTest, NumbersOutsideTheTableAreBad) {
    EXPECT_EQ(table_.get(-1).error().value, EBADF);
    EXPECT_EQ(table_.get(1 << 30).error().value, EBADF);
    EXPECT_EQ(table_.close(5).error().value, EBADF);
    EXPECT_EQ(table_.replace(FdTable::kLimit, file(), false).error().value, EBADF);
    EXPECT_EQ(table_.reserve(FdTable::kLimit).error().value, EINVAL);
}

TEST_F(FdTableTest, TheSoftLimitStopsNewNumbersOnly) {
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(table_.install(file(), false));

    table_.set_limit(3);

    EXPECT_EQ(table_.install(file(), false).error().value, EMFILE);
    EXPECT_TRUE(table_.get(4));
    table_.set_limit(0);
    EXPECT_EQ(table_.reserve().error().value, EMFILE);
    table_.set_limit(1 << 20);
    EXPECT_TRUE(table_.install(file(), false));
}

}  // namespace
}  // namespace mayfly::guest
