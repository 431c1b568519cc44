#include "guest/ipc/byte_queue.h"

#include <gtest/gtest.h>

#include <string>

namespace mayfly::guest {
namespace {

usize put(ByteQueue& queue, std::string data, usize max = ~0ull) {
    auto from = IoBuffer::kernel(std::as_writable_bytes(std::span(data)));
    return queue.append(from, max).value_or(usize{~0ull});
}

std::string take(ByteQueue& queue, usize bytes) {
    std::string result(bytes, '\0');
    auto to = IoBuffer::kernel(std::as_writable_bytes(std::span(result)));
    result.resize(queue.take(to).value_or(usize{0}));
    return result;
}

std::string peek(const ByteQueue& queue, usize bytes) {
    std::string result(bytes, '\0');
    auto to = IoBuffer::kernel(std::as_writable_bytes(std::span(result)));
    result.resize(queue.peek(to).value_or(usize{0}));
    return result;
}

TEST(ByteQueue, PeekLeavesTheBytes) {
    ByteQueue queue;
    put(queue, "hello");

    EXPECT_EQ(peek(queue, 3), "hel");
    EXPECT_EQ(take(queue, 9), "hello");
    EXPECT_TRUE(queue.empty());
}

TEST(ByteQueue, TakesNoMoreThanTheMaximum) {
    ByteQueue queue;

    EXPECT_EQ(put(queue, "hello", 2), 2u);

    EXPECT_EQ(take(queue, 9), "he");
}

TEST(ByteQueue, CarriesManyChunks) {
    ByteQueue queue;
    std::string data;
    for (int i = 0; i < 50'000; ++i) data += static_cast<char>(i % 251);

    EXPECT_EQ(put(queue, data), data.size());

    EXPECT_EQ(peek(queue, data.size()), data);
    EXPECT_EQ(take(queue, 12'345), data.substr(0, 12'345));
    EXPECT_EQ(take(queue, data.size()), data.substr(12'345));
}

TEST(ByteQueue, IsUsableAfterItRanDry) {
    ByteQueue queue;
    for (int i = 0; i < 100; ++i) {
        put(queue, std::string(4000, 'x'));
        EXPECT_EQ(take(queue, 4000).size(), 4000u);
    }

    EXPECT_EQ(queue.bytes(), 0u);
}

TEST(ByteQueue, DropForgetsFromTheFront) {
    ByteQueue queue;
    put(queue, std::string(5000, 'a') + "tail");

    queue.drop(5000);

    EXPECT_EQ(take(queue, 9), "tail");
}

TEST(ByteQueue, MovesWithItsBytes) {
    ByteQueue queue;
    put(queue, "abc");

    ByteQueue other = std::move(queue);

    EXPECT_EQ(queue.bytes(), 0u);
    EXPECT_EQ(take(other, 9), "abc");
}

}  // namespace
}  // namespace mayfly::guest
