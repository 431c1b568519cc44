#include "guest/fs/file_size_limit.h"

#include "guest/signal/deliver.h"

namespace mayfly::guest {
namespace {

u64 limit() { return current().process().limits[RLIMIT_FSIZE].soft; }

Unexpected<Errno> too_large() {
    raise_signal(current(), SIGXFSZ);
    return fail(EFBIG);
}

}  // namespace

ErrnoOr<void> cut_to_file_size_limit(IoBuffer& from, u64 offset) {
    const u64 most = limit();
    if (most == RLIM64_INFINITY || from.remaining() == 0) return {};
    if (offset >= most) return too_large();
    from.cut_to(most - offset);
    return {};
}

ErrnoOr<void> check_file_size_limit(u64 size, u64 new_size) {
    if (new_size > size && new_size > limit()) return too_large();
    return {};
}

}  // namespace mayfly::guest
