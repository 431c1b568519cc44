// The core of poll(2) and select(2).
#pragma once

#include "guest/fs/file.h"
#include "guest/thread/thread.h"
#include "guest/time/timespec.h"

namespace mayfly::guest {

// One file somebody waits for.
struct PollItem {
    Ref<File> file;  // null: never ready
    u32 events = 0;  // all that counts: poll(2) adds POLLERR and POLLHUP itself
    u32 found = 0;
};

// The number of items that are ready, 0 at the deadline, EINTR. `immediate` does not wait at all.
ErrnoOr<usize> poll_items(std::span<PollItem> items, Deadline deadline, bool immediate);

// The timeout of ppoll and its kin in nanoseconds: null waits for ever.
inline ErrnoOr<u64> optional_timeout(UserPtr<Timespec> timeout) {
    if (timeout.is_null()) return kForever;
    const Timespec time = MF_TRY(timeout.get());
    return to_ns(time);
}

// What select and ppoll write back: the time that was left.
inline u64 remaining_ns(Deadline deadline) {
    const u64 now = monotonic_ns();
    return deadline.monotonic_ns > now ? deadline.monotonic_ns - now : 0;
}

}  // namespace mayfly::guest
