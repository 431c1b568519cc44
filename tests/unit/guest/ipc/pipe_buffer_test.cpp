#include "guest/ipc/pipe_buffer.h"

#include <gtest/gtest.h>

#include <string>

namespace mayfly::guest {
namespace {

usize put(PipeBuffer& buffer, const std::string& data) {
    std::string copy = data;
    auto from = IoBuffer::kernel(std::as_writable_bytes(std::span(copy)));
    return buffer.write(from).value_or(usize{~0ull});
}

std::string get(PipeBuffer& buffer, usize bytes) {
    std::string result(bytes, '\0');
    auto to = IoBuffer::kernel(std::as_writable_bytes(std::span(result)));
    result.resize(buffer.read(to).value_or(usize{0}));
    return result;
}

TEST(PipeBuffer, GivesBytesInTheOrderTheyCame) {
    PipeBuffer buffer;

    put(buffer, "abc");
    put(buffer, "defg");

    EXPECT_EQ(get(buffer, 5), "abcde");
    EXPECT_EQ(get(buffer, 5), "fg");
    EXPECT_TRUE(buffer.empty());
}

TEST(PipeBuffer, TakesSixteenPages) {
    PipeBuffer buffer;

    const usize taken = put(buffer, std::string(100'000, 'x'));

    EXPECT_EQ(taken, 65'536u);
    EXPECT_TRUE(buffer.full());
    EXPECT_EQ(put(buffer, "y"), 0u);
}

TEST(PipeBuffer, LetsInWholePagesOnlyWhenFull) {
    PipeBuffer buffer;
    put(buffer, std::string(65'536, 'x'));

    get(buffer, 4095);
    EXPECT_EQ(put(buffer, "y"), 0u);
    get(buffer, 1);

    EXPECT_EQ(put(buffer, std::string(5000, 'y')), 4096u);
}

TEST(PipeBuffer, FillsTheLastPageWithSmallWrites) {
    PipeBuffer buffer;

    usize total = 0;
    while (put(buffer, "z") == 1) ++total;

    EXPECT_EQ(total, 65'536u);
}

TEST(PipeBuffer, GoesRoundManyTimes) {
    PipeBuffer buffer;
    std::string sent, received;

    for (int i = 0; i < 200; ++i) {
        const std::string piece(1000 + 37 * static_cast<usize>(i % 50), static_cast<char>('a' + i % 26));
        sent += piece.substr(0, put(buffer, piece));
        received += get(buffer, 1500);
    }
    received += get(buffer, 100'000);

    EXPECT_EQ(received, sent);
}

TEST(PipeBuffer, KeepsItsBytesWhenItGrows) {
    PipeBuffer buffer;
    put(buffer, std::string(5000, 'a'));
    get(buffer, 4500);
    put(buffer, std::string(60'000, 'b'));

    ASSERT_TRUE(buffer.set_slots(32));

    EXPECT_EQ(buffer.capacity(), 131'072u);
    EXPECT_EQ(get(buffer, 100'000), std::string(500, 'a') + std::string(60'000, 'b'));
}

TEST(PipeBuffer, RefusesToShrinkBelowWhatItHolds) {
    PipeBuffer buffer;
    put(buffer, std::string(9000, 'a'));

    EXPECT_EQ(buffer.set_slots(2).error().value, EBUSY);
    EXPECT_TRUE(buffer.set_slots(3));
    EXPECT_EQ(get(buffer, 10'000).size(), 9000u);
}

TEST(PipeBuffer, KeepsWhatWasThereWhenNothingCanBeRead) {
    PipeBuffer buffer;
    put(buffer, "abc");

    auto nowhere = IoBuffer::user(UserAddr{0}, 3);

    EXPECT_EQ(buffer.read(nowhere).error().value, EFAULT);
    EXPECT_EQ(get(buffer, 3), "abc");
}

}  // namespace
}  // namespace mayfly::guest
