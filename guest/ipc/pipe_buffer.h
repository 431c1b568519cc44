// The bytes in a pipe.
#pragma once

#include "guest/lib/vector.h"
#include "guest/mm/user.h"

namespace mayfly::guest {

// In slots of a page each, as Linux has them: a write of PIPE_BUF bytes or less goes into one slot or
// waits, which is what makes it atomic.
class PipeBuffer {
public:
    static constexpr usize kDefaultSlots = 16;

    PipeBuffer() = default;
    PipeBuffer(const PipeBuffer&) = delete;
    PipeBuffer& operator=(const PipeBuffer&) = delete;
    ~PipeBuffer();

    bool empty() const { return used_ == 0; }
    bool full() const { return used_ >= capacity_; }
    usize bytes() const { return bytes_; }
    usize capacity() const { return capacity_ * kPageSize; }
    // EBUSY when more slots than that are in use.
    ErrnoOr<void> set_slots(usize slots);

    // Moves what fits / what is there; the number of bytes. EFAULT when not even the first can be moved.
    ErrnoOr<usize> write(IoBuffer& from);
    ErrnoOr<usize> read(IoBuffer& to);

private:
    struct Slot {
        std::byte* page = nullptr;
        usize begin = 0;
        usize end = 0;
    };
    Slot& slot(usize index) { return slots_[(first_ + index) % slots_.size()]; }
    ErrnoOr<usize> merge(IoBuffer& from);
    ErrnoOr<usize> append(IoBuffer& from);
    ErrnoOr<std::byte*> take_page();
    void drop_first();

    Vector<Slot> slots_;  // a ring, made when the first byte comes
    usize first_ = 0;
    usize used_ = 0;
    usize capacity_ = kDefaultSlots;
    usize bytes_ = 0;
    std::byte* spare_page_ = nullptr;  // the last one emptied: most pipes need just one
};

}  // namespace mayfly::guest
