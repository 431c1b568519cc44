#include "guest/ipc/byte_queue.h"

namespace mayfly::guest {

ErrnoOr<ByteQueue::Chunk*> ByteQueue::writable_chunk() {
    if (last_ != nullptr && last_->end < Chunk::kBytes) return last_;
    auto* chunk = static_cast<Chunk*>(heap_allocate(sizeof(Chunk)));
    if (chunk == nullptr) return fail(ENOMEM);
    chunk->next = nullptr;
    chunk->begin = chunk->end = 0;
    (last_ != nullptr ? last_->next : first_) = chunk;
    last_ = chunk;
    return chunk;
}

void ByteQueue::free_chunks() {
    while (first_ != nullptr) heap_free(std::exchange(first_, first_->next));
    last_ = nullptr;
}

ErrnoOr<usize> ByteQueue::append(IoBuffer& from, usize max) {
    usize total = 0;
    while (total < max && from.remaining() > 0) {
        const auto chunk = writable_chunk();
        if (!chunk && total == 0) return Unexpected(chunk.error());
        if (!chunk) break;
        Chunk& to = **chunk;
        const auto moved = from.take(to.bytes + to.end, std::min(max - total, Chunk::kBytes - to.end));
        if (!moved && total == 0) return moved;
        if (!moved || *moved == 0) break;
        to.end += *moved;
        bytes_ += *moved;
        total += *moved;
    }
    return total;
}

ErrnoOr<usize> ByteQueue::peek(IoBuffer& to) const {
    usize total = 0;
    for (const Chunk* chunk = first_; chunk != nullptr && to.remaining() > 0; chunk = chunk->next) {
        if (chunk->begin == chunk->end) continue;
        const auto moved = to.give(chunk->bytes + chunk->begin, chunk->end - chunk->begin);
        if (!moved && total == 0) return moved;
        if (!moved) break;
        total += *moved;
    }
    return total;
}

ErrnoOr<usize> ByteQueue::take(IoBuffer& to) {
    const usize moved = MF_TRY(peek(to));
    drop(moved);
    return moved;
}

void ByteQueue::drop(usize bytes) {
    bytes = std::min(bytes, bytes_);
    bytes_ -= bytes;
    while (bytes > 0) {
        const usize step = std::min(bytes, first_->end - first_->begin);
        first_->begin += step;
        bytes -= step;
        if (first_->begin != first_->end) return;
        // The last chunk is kept for what comes next.
        if (first_ == last_)
            first_->begin = first_->end = 0;
        else
            heap_free(std::exchange(first_, first_->next));
    }
}

}  // namespace mayfly::guest
