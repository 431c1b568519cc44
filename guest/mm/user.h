// The doors to user memory. Kernel and function share one address space, so user memory is read and
// written where it lies; a bad address faults, and the fault handler turns that into EFAULT. Only
// these functions may touch it.
#pragma once

#include <linux/uio.h>

#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

#include "guest/lib/string.h"
#include "guest/lib/types.h"

namespace mayfly::guest {

// An address a program gave. Not dereferenced outside mm/user.cpp.
enum class UserAddr : u64 {};
constexpr u64 raw(UserAddr address) { return static_cast<u64>(address); }
constexpr UserAddr operator+(UserAddr address, u64 offset) { return UserAddr{raw(address) + offset}; }

// The end of the half of the address space that belongs to the program; the last page stays free,
// as on Linux.
inline constexpr u64 kUserEnd = 0x7fff'ffff'f000;

// True where [address, address + bytes) lies in the program's half. It may be unmapped all the same.
constexpr bool user_range_ok(UserAddr address, u64 bytes) {
    return bytes <= kUserEnd && raw(address) <= kUserEnd - bytes;
}

ErrnoOr<void> copy_from_user(void* to, UserAddr from, usize bytes);
ErrnoOr<void> copy_to_user(UserAddr to, const void* from, usize bytes);
ErrnoOr<void> clear_user(UserAddr to, usize bytes);
// Copies as much as is readable / writable and returns how much that was (0 with EFAULT).
ErrnoOr<usize> copy_from_user_some(void* to, UserAddr from, usize bytes);
ErrnoOr<usize> copy_to_user_some(UserAddr to, const void* from, usize bytes);
// A NUL-terminated string of at most max bytes without the NUL, else ENAMETOOLONG.
ErrnoOr<String> copy_string_from_user(UserAddr from, usize max);

// Atomic operations on a 32-bit user word, for futexes. 4-byte aligned, else EINVAL.
ErrnoOr<u32> load_user_u32(UserAddr address);
ErrnoOr<u32> exchange_user_u32(UserAddr address, u32 value);
// Stores desired where the word is expected; returns what the word was.
ErrnoOr<u32> compare_exchange_user_u32(UserAddr address, u32 expected, u32 desired);

// A typed user pointer: can only be copied from and to.
template <class T>
class UserPtr {
    static_assert(std::is_trivially_copyable_v<T>);

public:
    UserPtr() = default;
    explicit UserPtr(UserAddr address) : address_(address) {}

    bool is_null() const { return raw(address_) == 0; }
    UserAddr address() const { return address_; }
    ErrnoOr<T> get() const {
        T value;
        MF_TRY(copy_from_user(&value, address_, sizeof(T)));
        return value;
    }
    ErrnoOr<void> put(const T& value) const { return copy_to_user(address_, &value, sizeof(T)); }
    UserPtr at(usize index) const { return UserPtr{address_ + index * sizeof(T)}; }

private:
    UserAddr address_{};
};

// A user string as a system call argument; a type of its own so that traces can print it.
struct UserString {
    UserAddr address{};
    ErrnoOr<String> copy(usize max = 4095) const { return copy_string_from_user(address, max); }
};

// The bytes of one read or write: user memory in up to IOV_MAX pieces, or a piece of kernel memory.
// Consumed from the front.
class IoBuffer {
public:
    static constexpr usize kMaxPieces = 1024;
    static constexpr u64 kMaxBytes = 0x7fff'f000;  // as Linux's MAX_RW_COUNT

    static IoBuffer user(UserAddr address, u64 bytes);
    static IoBuffer kernel(std::span<std::byte> bytes);
    static ErrnoOr<IoBuffer> user_iovec(UserAddr iovec, usize count);

    u64 remaining() const { return remaining_; }
    void cut_to(u64 bytes) { remaining_ = bytes < remaining_ ? bytes : remaining_; }
    // Copies up to bytes from the buffer's front into `to` (a write's data), or from `from` into the
    // buffer's front (a read's data), and consumes what was copied. Less than asked for only at the
    // end of the buffer or in front of a bad address; EFAULT when nothing could be copied.
    ErrnoOr<usize> take(void* to, usize bytes);
    ErrnoOr<usize> give(const void* from, usize bytes);
    ErrnoOr<usize> give_zeroes(usize bytes);

private:
    struct Piece {
        u64 address;
        u64 bytes;
    };
    template <class Copy>
    ErrnoOr<usize> advance(usize bytes, Copy copy);

    Piece first_{};
    Vector<Piece> more_;
    usize next_ = 0;  // index into more_ of the piece after first_
    u64 remaining_ = 0;
    bool kernel_ = false;
};

}  // namespace mayfly::guest
