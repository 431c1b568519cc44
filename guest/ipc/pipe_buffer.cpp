#include "guest/ipc/pipe_buffer.h"

namespace mayfly::guest {

PipeBuffer::~PipeBuffer() {
    while (!empty()) drop_first();
    heap_free(spare_page_);
}

ErrnoOr<void> PipeBuffer::set_slots(usize slots) {
    if (used_ > slots) return fail(EBUSY);
    Vector<Slot> ring;
    MF_TRY(ring.resize(slots));
    for (usize i = 0; i < used_; ++i) ring[i] = slot(i);
    slots_ = std::move(ring);
    first_ = 0;
    capacity_ = slots;
    return {};
}

ErrnoOr<std::byte*> PipeBuffer::take_page() {
    if (spare_page_ != nullptr) return std::exchange(spare_page_, nullptr);
    auto* page = static_cast<std::byte*>(heap_allocate(kPageSize));
    if (page == nullptr) return fail(ENOMEM);
    return page;
}

void PipeBuffer::drop_first() {
    std::byte* page = slot(0).page;
    if (spare_page_ == nullptr)
        spare_page_ = page;
    else
        heap_free(page);
    first_ = (first_ + 1) % slots_.size();
    --used_;
}

// The odd bytes of a write go behind what the last slot holds, if they fit there as a whole.
ErrnoOr<usize> PipeBuffer::merge(IoBuffer& from) {
    const usize odd = from.remaining() % kPageSize;
    if (odd == 0 || empty()) return 0;
    Slot& last = slot(used_ - 1);
    if (odd > kPageSize - last.end) return 0;
    const usize moved = MF_TRY(from.take(last.page + last.end, odd));
    last.end += moved;
    bytes_ += moved;
    return moved;
}

ErrnoOr<usize> PipeBuffer::append(IoBuffer& from) {
    if (slots_.empty()) MF_TRY(slots_.resize(capacity_));
    std::byte* page = MF_TRY(take_page());
    const auto moved = from.take(page, kPageSize);
    if (!moved || *moved == 0) {
        if (spare_page_ == nullptr)
            spare_page_ = page;
        else
            heap_free(page);
        return moved;
    }
    slot(used_) = {page, 0, *moved};
    ++used_;
    bytes_ += *moved;
    return moved;
}

ErrnoOr<usize> PipeBuffer::write(IoBuffer& from) {
    usize total = MF_TRY(merge(from));
    while (from.remaining() > 0 && !full()) {
        const auto moved = append(from);
        if (!moved && total == 0) return moved;
        if (!moved || *moved == 0) break;
        total += *moved;
    }
    return total;
}

ErrnoOr<usize> PipeBuffer::read(IoBuffer& to) {
    usize total = 0;
    while (to.remaining() > 0 && !empty()) {
        Slot& first = slot(0);
        const auto moved = to.give(first.page + first.begin, first.end - first.begin);
        if (!moved && total == 0) return moved;
        if (!moved || *moved == 0) break;
        first.begin += *moved;
        bytes_ -= *moved;
        total += *moved;
        if (first.begin == first.end) drop_first();
    }
    return total;
}

}  // namespace mayfly::guest
