// select(2) and pselect(2): bit sets around poll_items().
#include "guest/fs/fd_table.h"
#include "guest/ipc/poll.h"
#include "guest/ipc/syscalls.h"
#include "guest/signal/deliver.h"
#include "guest/time/timespec.h"

namespace mayfly::guest {

namespace {

constexpr u32 kReadEvents = POLLIN | POLLRDNORM | POLLRDBAND | POLLHUP | POLLERR;
constexpr u32 kWriteEvents = POLLOUT | POLLWRNORM | POLLWRBAND | POLLERR;
constexpr u32 kExceptEvents = POLLPRI;

// One of select's three sets: the bits of descriptors below `count`. An absent one is empty.
class FdSet {
public:
    static ErrnoOr<FdSet> copy_in(UserAddr user, int count) {
        FdSet set;
        set.user_ = user;
        set.bytes_ = (static_cast<usize>(count) + 63) / 64 * 8;
        if (raw(user) != 0) MF_TRY(copy_from_user(set.words_, user, set.bytes_));
        return set;
    }
    bool has(int fd) const { return ((words_[fd / 64] >> (fd % 64)) & 1) != 0; }
    void add(int fd) { words_[fd / 64] |= 1ull << (fd % 64); }
    void clear() {
        for (u64& word : words_) word = 0;
    }
    ErrnoOr<void> write_back() const {
        if (raw(user_) == 0) return {};
        return copy_to_user(user_, words_, bytes_);
    }

private:
    UserAddr user_{};
    usize bytes_ = 0;
    u64 words_[FdTable::kLimit / 64] = {};
};

struct FdSets {
    FdSet read, write, except;
    int count = 0;

    static ErrnoOr<FdSets> read_all(UserAddr read, UserAddr write, UserAddr except, int count) {
        FdSets sets;
        sets.read = MF_TRY(FdSet::copy_in(read, count));
        sets.write = MF_TRY(FdSet::copy_in(write, count));
        sets.except = MF_TRY(FdSet::copy_in(except, count));
        sets.count = count;
        return sets;
    }
    u32 events(int fd) const {
        return (read.has(fd) ? kReadEvents : 0) | (write.has(fd) ? kWriteEvents : 0) |
               (except.has(fd) ? kExceptEvents : 0);
    }
};

struct Selection {
    Vector<PollItem> items;
    Vector<int> fds;  // of each item
};

ErrnoOr<Selection> select_files(Thread& self, const FdSets& sets) {
    Selection selection;
    for (int fd = 0; fd < sets.count; ++fd) {
        const u32 events = sets.events(fd);
        if (events == 0) continue;
        auto file = MF_TRY(self.fds().get(fd));
        MF_TRY(selection.items.push_back({std::move(file), events, 0}));
        MF_TRY(selection.fds.push_back(fd));
    }
    return selection;
}

// Puts what was found into the sets; the number of bits.
long mark(FdSets& sets, const Selection& selection) {
    const FdSets wanted = sets;
    long bits = 0;
    const auto put = [&](FdSet& set, const FdSet& asked, int fd, u32 found) {
        if (found == 0 || !asked.has(fd)) return;
        set.add(fd);
        ++bits;
    };
    sets.read.clear();
    sets.write.clear();
    sets.except.clear();
    for (usize i = 0; i < selection.fds.size(); ++i) {
        const int fd = selection.fds[i];
        const u32 found = selection.items[i].found;
        put(sets.read, wanted.read, fd, found & kReadEvents);
        put(sets.write, wanted.write, fd, found & kWriteEvents);
        put(sets.except, wanted.except, fd, found & kExceptEvents);
    }
    return bits;
}

SysResult do_select(Thread& self, int count, UserAddr read, UserAddr write, UserAddr except, Deadline deadline,
                    bool immediate) {
    if (count < 0) return fail(EINVAL);
    if (count > static_cast<int>(FdTable::kLimit)) count = FdTable::kLimit;
    auto sets = MF_TRY(FdSets::read_all(read, write, except, count));
    auto selection = MF_TRY(select_files(self, sets));

    MF_TRY(poll_items(selection.items.span(), deadline, immediate));
    const long bits = mark(sets, selection);
    MF_TRY(sets.read.write_back());
    MF_TRY(sets.write.write_back());
    MF_TRY(sets.except.write_back());
    return bits;
}

// Unlike elsewhere, microseconds of a second and more are seconds (select(2) of Linux).
ErrnoOr<u64> select_timeout(const Timeval& time) {
    if (time.tv_sec < 0 || time.tv_usec < 0) return fail(EINVAL);
    const u64 microseconds = static_cast<u64>(time.tv_usec);
    const u64 whole = saturating_add(static_cast<u64>(time.tv_sec), microseconds / 1'000'000);
    if (whole >= kForever / kNsPerSecond) return kForever;
    return whole * kNsPerSecond + microseconds % 1'000'000 * 1000;
}

}  // namespace

SysResult sys_select(Thread& self, int count, UserAddr read, UserAddr write, UserAddr except,
                     UserPtr<Timeval> timeout) {
    if (timeout.is_null()) return do_select(self, count, read, write, except, Deadline::never(), false);
    const Timeval time = MF_TRY(timeout.get());
    const u64 ns = MF_TRY(select_timeout(time));
    const auto deadline = deadline_after(ns);
    const auto result = do_select(self, count, read, write, except, deadline, ns == 0);
    // The time left is written in every case; the result stands even where it can't be.
    static_cast<void>(timeout.put(to_timeval(remaining_ns(deadline))));
    return result;
}

SysResult sys_pselect6(Thread& self, int count, UserAddr read, UserAddr write, UserAddr except,
                       UserPtr<Timespec> timeout, UserPtr<PselectMask> mask) {
    PselectMask argument{};
    if (!mask.is_null()) argument = MF_TRY(mask.get());
    const u64 ns = MF_TRY(optional_timeout(timeout));
    const auto deadline = deadline_after(ns);
    MF_TRY(set_temporary_mask(self, UserPtr<u64>(UserAddr{argument.mask}), argument.bytes));

    const auto result = do_select(self, count, read, write, except, deadline, ns == 0);
    if (!timeout.is_null()) static_cast<void>(timeout.put(to_timespec(remaining_ns(deadline))));
    return result;
}

}  // namespace mayfly::guest
