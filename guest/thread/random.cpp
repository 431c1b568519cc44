#include <linux/random.h>

#include "guest/fs/endless.h"
#include "guest/thread/syscalls.h"

namespace mayfly::guest {

SysResult sys_getrandom(Thread&, UserAddr to, usize bytes, unsigned flags) {
    constexpr unsigned kKnown = GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE;
    constexpr unsigned kExclusive = GRND_RANDOM | GRND_INSECURE;
    if ((flags & ~kKnown) != 0 || (flags & kExclusive) == kExclusive) return fail(EINVAL);
    if (bytes > IoBuffer::kMaxBytes) bytes = IoBuffer::kMaxBytes;

    IoBuffer out = IoBuffer::user(to, bytes);
    return static_cast<long>(MF_TRY(give_random(out)));
}

}  // namespace mayfly::guest
