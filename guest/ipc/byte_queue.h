// Bytes in order, in memory that grows and shrinks with them.
#pragma once

#include "guest/mm/user.h"

namespace mayfly::guest {

class ByteQueue {
public:
    ByteQueue() = default;
    ByteQueue(ByteQueue&& other) noexcept
        : first_(std::exchange(other.first_, nullptr)),
          last_(std::exchange(other.last_, nullptr)),
          bytes_(std::exchange(other.bytes_, 0)) {}
    ByteQueue& operator=(ByteQueue&&) = delete;
    ~ByteQueue() {
        drop(bytes_);
        free_chunks();
    }

    usize bytes() const { return bytes_; }
    bool empty() const { return bytes_ == 0; }
    // Moves up to `max` bytes of `from` to the end; less in front of a bad address or without memory,
    // an error when it is none at all.
    ErrnoOr<usize> append(IoBuffer& from, usize max);
    // Copies bytes from the front on into `to`, without taking them.
    ErrnoOr<usize> peek(IoBuffer& to) const;
    ErrnoOr<usize> take(IoBuffer& to);
    void drop(usize bytes);

private:
    struct Chunk {
        static constexpr usize kBytes = 4096 - 3 * sizeof(u64);
        Chunk* next;
        usize begin;
        usize end;
        std::byte bytes[kBytes];
    };
    ErrnoOr<Chunk*> writable_chunk();
    void free_chunks();

    Chunk* first_ = nullptr;
    Chunk* last_ = nullptr;
    usize bytes_ = 0;
};

}  // namespace mayfly::guest
