#include "guest/ipc/eventfd.h"

#include "guest/ipc/syscalls.h"

namespace mayfly::guest {

namespace {

// <linux/eventfd.h> came after the headers of Debian 12.
constexpr int kSemaphore = 1;

}  // namespace

ErrnoOr<usize> EventFd::read(IoBuffer& to) {
    if (to.remaining() < sizeof(u64)) return fail(EINVAL);
    while (count_ == 0) {
        if (nonblocking()) return fail(EAGAIN);
        MF_TRY(ready().wait());
    }

    const u64 value = semaphore_ ? 1 : count_;
    count_ -= value;
    ready().wake_all();
    if (MF_TRY(to.give(&value, sizeof(value))) != sizeof(value)) return fail(EFAULT);
    return sizeof(value);
}

ErrnoOr<usize> EventFd::write(IoBuffer& from) {
    u64 value = 0;
    if (from.remaining() < sizeof(value)) return fail(EINVAL);
    if (MF_TRY(from.take(&value, sizeof(value))) != sizeof(value)) return fail(EFAULT);
    if (value > kMax) return fail(EINVAL);
    while (value > kMax - count_) {
        if (nonblocking()) return fail(EAGAIN);
        MF_TRY(ready().wait());
    }

    count_ += value;
    ready().wake_all();
    return sizeof(value);
}

u32 EventFd::poll() {
    u32 events = 0;
    if (count_ > 0) events |= POLLIN | POLLRDNORM;
    if (count_ < kMax) events |= POLLOUT | POLLWRNORM;
    return events;
}

SysResult sys_eventfd2(Thread& self, unsigned count, int flags) {
    if (flags & ~(kSemaphore | O_CLOEXEC | O_NONBLOCK)) return fail(EINVAL);

    auto file = MF_TRY(make_ref<EventFd>(count, (flags & kSemaphore) != 0, O_RDWR | (flags & O_NONBLOCK)));
    return MF_TRY(self.fds().install(file, (flags & O_CLOEXEC) != 0));
}

SysResult sys_eventfd(Thread& self, unsigned count) { return sys_eventfd2(self, count, 0); }

}  // namespace mayfly::guest
