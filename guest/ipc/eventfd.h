// eventfd(2): a 64-bit counter as a file.
#pragma once

#include "guest/fs/file.h"

namespace mayfly::guest {

class EventFd final : public File {
public:
    EventFd(u64 count, bool semaphore, int flags) : File(flags), count_(count), semaphore_(semaphore) {}

    ErrnoOr<usize> read(IoBuffer& to) override;
    ErrnoOr<usize> write(IoBuffer& from) override;
    ErrnoOr<i64> seek(i64, int) override { return 0; }  // no position, and no error, as on Linux
    u32 poll() override;
    FileKind kind() const override { return FileKind::eventfd; }
    ErrnoOr<String> name() const override { return String::of("anon_inode:[eventfd]"); }

private:
    static constexpr u64 kMax = ~0ull - 1;

    u64 count_;
    bool semaphore_;
};

}  // namespace mayfly::guest
