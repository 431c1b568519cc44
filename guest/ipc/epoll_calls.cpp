// The system calls of epoll(7).
#include "guest/fs/inode.h"
#include "guest/ipc/epoll.h"
#include "guest/ipc/poll.h"
#include "guest/ipc/syscalls.h"
#include "guest/signal/deliver.h"
#include "guest/time/timespec.h"

namespace mayfly::guest {

namespace {

constexpr int kMaxEvents = 0x7fff'ffff / static_cast<int>(sizeof(epoll_event));
constexpr u32 kExclusiveAllowed = EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE;

// Linux refuses files that have no way to become ready.
bool can_be_watched(File& file) {
    const auto inode = file.inode();
    return file.can_become_ready() && (!inode || !(inode->is_regular() || inode->is_directory()));
}

ErrnoOr<void> check_exclusive(File& file, int operation, u32 events) {
    if (!(events & EPOLLEXCLUSIVE)) return {};
    if (operation == EPOLL_CTL_MOD) return fail(EINVAL);
    if (operation == EPOLL_CTL_ADD && (file.kind() == FileKind::epoll || (events & ~kExclusiveAllowed)))
        return fail(EINVAL);
    return {};
}

ErrnoOr<void> control(Epoll& epoll, int operation, File& file, int fd, const epoll_event& event) {
    switch (operation) {
    case EPOLL_CTL_ADD: return epoll.add(file, fd, event);
    case EPOLL_CTL_MOD: return epoll.modify(file, fd, event);
    case EPOLL_CTL_DEL: return epoll.remove(file, fd);
    default: return fail(EINVAL);
    }
}

SysResult wait_for_events(Thread& self, int epoll_fd, UserPtr<epoll_event> out, int max, Deadline deadline,
                          bool immediate) {
    if (max <= 0 || max > kMaxEvents) return fail(EINVAL);
    const auto wanted = static_cast<usize>(max);
    if (!user_range_ok(out.address(), wanted * sizeof(epoll_event))) return fail(EFAULT);
    const auto file = MF_TRY(self.fds().get(epoll_fd));
    if (file->kind() != FileKind::epoll) return fail(EINVAL);
    Epoll& epoll = static_cast<Epoll&>(*file);

    while (true) {
        const usize count = MF_TRY(epoll.collect(out, wanted));
        if (count > 0 || immediate) return static_cast<long>(count);
        const auto waited = epoll.ready().wait(deadline);
        if (waited) continue;
        if (waited.error().value != ETIMEDOUT) return fail(EINTR);
        immediate = true;  // one more look
    }
}

}  // namespace

SysResult sys_epoll_create1(Thread& self, int flags) {
    if (flags & ~EPOLL_CLOEXEC) return fail(EINVAL);
    auto epoll = MF_TRY(make_ref<Epoll>());
    return MF_TRY(self.fds().install(epoll, (flags & EPOLL_CLOEXEC) != 0));
}

SysResult sys_epoll_create(Thread& self, int size) {
    if (size <= 0) return fail(EINVAL);
    return sys_epoll_create1(self, 0);
}

SysResult sys_epoll_ctl(Thread& self, int epoll_fd, int operation, int fd, UserPtr<epoll_event> user_event) {
    epoll_event event{};
    if (operation != EPOLL_CTL_DEL) event = MF_TRY(user_event.get());
    const auto epoll = MF_TRY(self.fds().get(epoll_fd));
    const auto file = MF_TRY(self.fds().get(fd));
    if (!can_be_watched(*file)) return fail(EPERM);
    if (epoll == file || epoll->kind() != FileKind::epoll) return fail(EINVAL);
    MF_TRY(check_exclusive(*file, operation, event.events));
    MF_TRY(control(static_cast<Epoll&>(*epoll), operation, *file, fd, event));
    return 0;
}

SysResult sys_epoll_wait(Thread& self, int epoll_fd, UserPtr<epoll_event> out, int max, int timeout_ms) {
    const auto deadline = timeout_ms < 0 ? Deadline::never() : deadline_after(static_cast<u64>(timeout_ms) * 1'000'000);
    return wait_for_events(self, epoll_fd, out, max, deadline, timeout_ms == 0);
}

SysResult sys_epoll_pwait(Thread& self, int epoll_fd, UserPtr<epoll_event> out, int max, int timeout_ms,
                          UserPtr<u64> mask, usize mask_bytes) {
    MF_TRY(set_temporary_mask(self, mask, mask_bytes));
    return sys_epoll_wait(self, epoll_fd, out, max, timeout_ms);
}

SysResult sys_epoll_pwait2(Thread& self, int epoll_fd, UserPtr<epoll_event> out, int max, UserPtr<Timespec> timeout,
                           UserPtr<u64> mask, usize mask_bytes) {
    const u64 ns = MF_TRY(optional_timeout(timeout));
    MF_TRY(set_temporary_mask(self, mask, mask_bytes));
    const auto deadline = deadline_after(ns);
    return wait_for_events(self, epoll_fd, out, max, deadline, ns == 0);
}

}  // namespace mayfly::guest
