// timerfd_create(2): a timer as a file.
#pragma once

#include "guest/fs/file.h"
#include "guest/thread/scheduler.h"

namespace mayfly::guest {

class TimerFd final : public File, private Timer {
public:
    TimerFd(bool realtime, int flags) : File(flags), realtime_(realtime) {}
    ~TimerFd() override { disarm(); }

    ErrnoOr<usize> read(IoBuffer& to) override;
    ErrnoOr<i64> seek(i64, int) override { return 0; }  // no position, and no error, as on Linux
    u32 poll() override { return ticks_ > 0 ? POLLIN | POLLRDNORM : 0u; }
    FileKind kind() const override { return FileKind::timerfd; }
    ErrnoOr<String> name() const override { return String::of("anon_inode:[timerfd]"); }

    // value_ns: from now, or on the timer's clock when absolute; 0 disarms.
    void set(u64 value_ns, u64 interval_ns, bool absolute);
    u64 interval_ns() const { return interval_ns_; }
    // Until the next expiry; 0 when disarmed.
    u64 remaining();

private:
    void expired(u64 now_ns) override;
    void arm_at(u64 monotonic_ns);
    // Counts what a repeating timer missed since it expired, and arms it for what comes next.
    void catch_up();

    bool realtime_;
    u64 interval_ns_ = 0;
    u64 next_ns_ = 0;  // monotonic
    u64 ticks_ = 0;
    bool waiting_for_reader_ = false;  // expired; a repeating timer goes on when it is looked at
    u64 realtime_target_ns_ = 0;       // of an absolute CLOCK_REALTIME timer's first expiry, else 0
};

}  // namespace mayfly::guest
