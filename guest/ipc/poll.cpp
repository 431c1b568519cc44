#include "guest/ipc/poll.h"

#include "guest/fs/fd_table.h"
#include "guest/ipc/syscalls.h"
#include "guest/ipc/wait_set.h"
#include "guest/signal/deliver.h"
#include "guest/time/timespec.h"

namespace mayfly::guest {

namespace {

usize scan(std::span<PollItem> items) {
    usize count = 0;
    for (PollItem& item : items) {
        if (item.file) item.found = item.file->poll() & item.events;
        if (item.found != 0) ++count;
    }
    return count;
}

// The program's array of pollfd, with the files it names.
class PollArray {
public:
    static ErrnoOr<PollArray> read(Thread& self, UserPtr<pollfd> user, usize count) {
        PollArray result;
        result.user_ = user;
        MF_TRY(result.items_.reserve(count));
        for (usize i = 0; i < count; ++i) {
            auto item = MF_TRY(read_item(self, user.at(i)));
            MF_TRY(result.items_.push_back(std::move(item)));
        }
        return result;
    }

    std::span<PollItem> items() { return items_.span(); }

    ErrnoOr<void> write_back() {
        for (usize i = 0; i < items_.size(); ++i) {
            const auto found = static_cast<short>(items_[i].found);
            MF_TRY(copy_to_user(user_.at(i).address() + offsetof(pollfd, revents), &found, sizeof(found)));
        }
        return {};
    }

private:
    static ErrnoOr<PollItem> read_item(Thread& self, UserPtr<pollfd> user) {
        const pollfd wanted = MF_TRY(user.get());
        PollItem result;
        if (wanted.fd < 0) return result;
        auto file = self.fds().get(wanted.fd);
        if (!file) {
            result.found = POLLNVAL;
            return result;
        }
        result.file = *std::move(file);
        result.events = static_cast<unsigned short>(wanted.events) | POLLERR | POLLHUP;
        return result;
    }

    UserPtr<pollfd> user_;
    Vector<PollItem> items_;
};

SysResult do_poll(Thread& self, UserPtr<pollfd> fds, usize count, Deadline deadline, bool immediate) {
    if (count > FdTable::kLimit) return fail(EINVAL);
    auto array = MF_TRY(PollArray::read(self, fds, count));
    const usize ready = MF_TRY(poll_items(array.items(), deadline, immediate));
    MF_TRY(array.write_back());
    return static_cast<long>(ready);
}

}  // namespace

ErrnoOr<usize> poll_items(std::span<PollItem> items, Deadline deadline, bool immediate) {
    usize count = scan(items);
    if (count > 0 || immediate) return count;

    WaitSet places;
    for (PollItem& item : items)
        if (item.file) MF_TRY(places.add(item.file->ready()));
    while (true) {
        const Wake wake = block(deadline);
        count = scan(items);
        if (count > 0 || wake == Wake::timeout) return count;
        if (wake == Wake::signal) return fail(EINTR);
    }
}

SysResult sys_poll(Thread& self, UserPtr<pollfd> fds, unsigned count, int timeout_ms) {
    const auto deadline = timeout_ms < 0 ? Deadline::never() : deadline_after(static_cast<u64>(timeout_ms) * 1'000'000);
    return do_poll(self, fds, count, deadline, timeout_ms == 0);
}

SysResult sys_ppoll(Thread& self, UserPtr<pollfd> fds, unsigned count, UserPtr<Timespec> timeout, UserPtr<u64> mask,
                    usize mask_bytes) {
    const u64 ns = MF_TRY(optional_timeout(timeout));
    const auto deadline = deadline_after(ns);
    MF_TRY(set_temporary_mask(self, mask, mask_bytes));

    const auto result = do_poll(self, fds, count, deadline, ns == 0);
    // What was left is an extra of Linux's; the result stands even where it can't be written.
    if (!timeout.is_null()) static_cast<void>(timeout.put(to_timespec(remaining_ns(deadline))));
    return result;
}

}  // namespace mayfly::guest
