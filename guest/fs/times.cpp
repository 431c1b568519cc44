#include <linux/fcntl.h>

#include "guest/fs/attributes.h"

namespace mayfly::guest {

namespace {

// utimensat(2)'s special nanoseconds; the UAPI headers do not have them.
constexpr i64 kNow = (1 << 30) - 1;
constexpr i64 kOmit = (1 << 30) - 2;
constexpr i64 kNanosecondsEnd = 1'000'000'000;

// The two times to set; absent ones stay as they are.
struct Times {
    Timestamp accessed, modified;
    bool sets_accessed = true, sets_modified = true;

    static Times now() { return {Timestamp::now(), Timestamp::now()}; }
    ErrnoOr<void> apply(Inode& inode) const {
        return inode.set_times(sets_accessed ? &accessed : nullptr, sets_modified ? &modified : nullptr);
    }
};

ErrnoOr<void> read_time(const __kernel_timespec& from, Timestamp& time, bool& sets) {
    if (from.tv_nsec == kOmit) {
        sets = false;
        return {};
    }
    if (from.tv_nsec == kNow) {
        time = Timestamp::now();
        return {};
    }
    if (from.tv_nsec < 0 || from.tv_nsec >= kNanosecondsEnd) return fail(EINVAL);
    time = {from.tv_sec, static_cast<u32>(from.tv_nsec)};
    return {};
}

ErrnoOr<Times> times_from_timespecs(UserAddr address) {
    if (raw(address) == 0) return Times::now();
    __kernel_timespec pair[2];
    MF_TRY(copy_from_user(pair, address, sizeof(pair)));
    Times times;
    MF_TRY(read_time(pair[0], times.accessed, times.sets_accessed));
    MF_TRY(read_time(pair[1], times.modified, times.sets_modified));
    return times;
}

ErrnoOr<Times> times_from_timevals(UserAddr address) {
    if (raw(address) == 0) return Times::now();
    __kernel_old_timeval pair[2];
    MF_TRY(copy_from_user(pair, address, sizeof(pair)));
    for (const auto& one : pair)
        if (one.tv_usec < 0 || one.tv_usec >= 1'000'000) return fail(EINVAL);
    Times times;
    times.accessed = {pair[0].tv_sec, static_cast<u32>(pair[0].tv_usec * 1000)};
    times.modified = {pair[1].tv_sec, static_cast<u32>(pair[1].tv_usec * 1000)};
    return times;
}

SysResult set_times(Thread& self, int dirfd, UserString path, int flags, const Times& times) {
    const auto inode = MF_TRY(inode_at(self, dirfd, path, flags));
    MF_TRY(times.apply(*inode));
    return 0;
}

}  // namespace

SysResult sys_utimensat(Thread& self, int dirfd, UserString path, UserAddr address, int flags) {
    if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0) return fail(EINVAL);
    const Times times = MF_TRY(times_from_timespecs(address));
    if (!times.sets_accessed && !times.sets_modified) return 0;
    if (raw(path.address) != 0) return set_times(self, dirfd, path, flags, times);
    // futimens(3): no path, the descriptor itself.
    if (flags != 0) return fail(EINVAL);
    if (dirfd == AT_FDCWD) return fail(EFAULT);
    const auto inode = MF_TRY(inode_of(self, dirfd));
    MF_TRY(times.apply(*inode));
    return 0;
}

SysResult sys_futimesat(Thread& self, int dirfd, UserString path, UserAddr address) {
    const Times times = MF_TRY(times_from_timevals(address));
    return set_times(self, dirfd, path, 0, times);
}

SysResult sys_utimes(Thread& self, UserString path, UserAddr address) {
    return sys_futimesat(self, AT_FDCWD, path, address);
}

SysResult sys_utime(Thread& self, UserString path, UserAddr address) {
    Times times = Times::now();
    if (raw(address) != 0) {
        const UtimeBuffer buffer = MF_TRY(UserPtr<UtimeBuffer>(address).get());
        times.accessed = {buffer.accessed, 0};
        times.modified = {buffer.modified, 0};
    }
    return set_times(self, AT_FDCWD, path, 0, times);
}

}  // namespace mayfly::guest
