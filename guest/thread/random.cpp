#include "guest/lib/random.h"

#include <linux/random.h>

#include "guest/thread/syscalls.h"

namespace mayfly::guest {

SysResult sys_getrandom(Thread&, UserAddr to, usize bytes, unsigned flags) {
    constexpr unsigned kKnown = GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE;
    constexpr unsigned kExclusive = GRND_RANDOM | GRND_INSECURE;
    if ((flags & ~kKnown) != 0 || (flags & kExclusive) == kExclusive) return fail(EINVAL);
    if (bytes > IoBuffer::kMaxBytes) bytes = IoBuffer::kMaxBytes;

    IoBuffer out = IoBuffer::user(to, bytes);
    std::byte chunk[512];
    while (out.remaining() > 0) {
        const usize count = out.remaining() < sizeof chunk ? out.remaining() : sizeof chunk;
        random_bytes({chunk, count});
        auto given = out.give(chunk, count);
        if (!given && out.remaining() == bytes) return fail(given.error().value);
        if (!given || *given < count) break;
    }
    return static_cast<long>(bytes - out.remaining());
}

}  // namespace mayfly::guest
