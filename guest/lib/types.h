// Short names for the fixed-width integers, and the kernel's error type.
#pragma once

#include <asm-generic/errno.h>

#include <cstddef>
#include <cstdint>

#include "base/result.h"

namespace mayfly::guest {

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using i32 = std::int32_t;
using i64 = std::int64_t;
using usize = std::size_t;

// A Linux error number, positive: EINVAL and its kin from <asm-generic/errno.h>.
struct Errno {
    int value = 0;
    friend bool operator==(Errno, Errno) = default;
};

template <class T>
using ErrnoOr = Expected<T, Errno>;

// What a system call returns: the value for RAX, or an error that becomes -errno.
using SysResult = ErrnoOr<long>;

constexpr Unexpected<Errno> fail(int number) { return Unexpected(Errno{number}); }

// Not in the UAPI headers: never seen by user space. The call is made again after the signal
// handler that interrupted it (SA_RESTART), or fails with EINTR.
inline constexpr int kRestart = 512;
// The same for calls that SA_RESTART does not cover (pause, sigsuspend, poll ...): made again only when
// no handler ran, so that a signal nobody handles goes unnoticed.
inline constexpr int kRestartNoHandler = 514;

inline constexpr u64 kPageSize = 4096;
constexpr u64 round_down(u64 value, u64 unit) { return value & ~(unit - 1); }
constexpr u64 round_up(u64 value, u64 unit) { return (value + unit - 1) & ~(unit - 1); }

}  // namespace mayfly::guest
