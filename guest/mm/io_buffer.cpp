// IoBuffer: the bytes of a read or write, wherever they lie.
#include "guest/mm/user.h"

namespace mayfly::guest {

IoBuffer IoBuffer::user(UserAddr address, u64 bytes) {
    IoBuffer buffer;
    buffer.first_ = {raw(address), bytes < kMaxBytes ? bytes : kMaxBytes};
    buffer.remaining_ = buffer.first_.bytes;
    return buffer;
}

IoBuffer IoBuffer::kernel(std::span<std::byte> bytes) {
    IoBuffer buffer;
    buffer.first_ = {reinterpret_cast<u64>(bytes.data()), bytes.size()};
    buffer.remaining_ = bytes.size();
    buffer.kernel_ = true;
    return buffer;
}

ErrnoOr<IoBuffer> IoBuffer::user_iovec(UserAddr iovec, usize count) {
    if (count > kMaxPieces) return fail(EINVAL);
    IoBuffer buffer;
    for (usize i = 0; i < count; ++i) {
        const auto piece = MF_TRY(UserPtr<struct iovec>{iovec}.at(i).get());
        if (static_cast<i64>(piece.iov_len) < 0) return fail(EINVAL);
        const u64 room = kMaxBytes - buffer.remaining_;
        const u64 bytes = piece.iov_len < room ? piece.iov_len : room;
        if (!user_range_ok(UserAddr{reinterpret_cast<u64>(piece.iov_base)}, bytes)) return fail(EFAULT);
        if (bytes == 0) continue;
        MF_TRY(buffer.more_.push_back({reinterpret_cast<u64>(piece.iov_base), bytes}));
        buffer.remaining_ += bytes;
    }
    return buffer;
}

template <class Copy>
ErrnoOr<usize> IoBuffer::advance(usize bytes, Copy copy) {
    usize done = 0;
    while (done < bytes && remaining_ > 0) {
        if (first_.bytes == 0) first_ = more_[next_++];
        const u64 room = first_.bytes < remaining_ ? first_.bytes : remaining_;
        const usize part = bytes - done < room ? bytes - done : room;
        ErrnoOr<usize> copied = copy(first_.address, done, part);
        if (!copied) {
            if (done > 0) break;
            return copied;
        }
        first_.address += *copied;
        first_.bytes -= *copied;
        remaining_ -= *copied;
        done += *copied;
        if (*copied < part) break;
    }
    return done;
}

ErrnoOr<usize> IoBuffer::take(void* to, usize bytes) {
    auto* destination = static_cast<std::byte*>(to);
    return advance(bytes, [&](u64 address, usize done, usize part) -> ErrnoOr<usize> {
        if (!kernel_) return copy_from_user_some(destination + done, UserAddr{address}, part);
        std::memcpy(destination + done, reinterpret_cast<const void*>(address), part);
        return part;
    });
}

ErrnoOr<usize> IoBuffer::give(const void* from, usize bytes) {
    const auto* source = static_cast<const std::byte*>(from);
    return advance(bytes, [&](u64 address, usize done, usize part) -> ErrnoOr<usize> {
        if (!kernel_) return copy_to_user_some(UserAddr{address}, source + done, part);
        std::memcpy(reinterpret_cast<void*>(address), source + done, part);
        return part;
    });
}

ErrnoOr<usize> IoBuffer::give_zeroes(usize bytes) {
    static constexpr std::byte kZeroes[512]{};
    usize done = 0;
    while (done < bytes && remaining_ > 0) {
        const usize part = bytes - done < sizeof kZeroes ? bytes - done : sizeof kZeroes;
        auto given = give(kZeroes, part);
        if (!given) {
            if (done > 0) break;
            return given;
        }
        done += *given;
        if (*given < part) break;
    }
    return done;
}

}  // namespace mayfly::guest
