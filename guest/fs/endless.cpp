#include "guest/fs/endless.h"

#include "guest/lib/random.h"
#include "guest/thread/scheduler.h"

namespace mayfly::guest {
namespace {

constexpr usize kStretch = 64 * 1024;  // between two looks at the time

// `give` puts at most so many bytes into the buffer.
template <class Give>
ErrnoOr<usize> give_in_stretches(IoBuffer& to, Give give) {
    usize done = 0;
    while (to.remaining() > 0) {
        const usize bytes = to.remaining() < kStretch ? to.remaining() : kStretch;
        auto given = give(bytes);
        if (!given && done == 0) return given;
        if (!given) break;
        done += *given;
        if (*given < bytes || (to.remaining() > 0 && !may_go_on())) break;
    }
    return done;
}

}  // namespace

ErrnoOr<usize> give_zeroes(IoBuffer& to) {
    return give_in_stretches(to, [&to](usize bytes) { return to.give_zeroes(bytes); });
}

ErrnoOr<usize> give_random(IoBuffer& to) {
    return give_in_stretches(to, [&to](usize bytes) -> ErrnoOr<usize> {
        usize done = 0;
        while (done < bytes) {
            std::byte chunk[512];
            const usize count = bytes - done < sizeof chunk ? bytes - done : sizeof chunk;
            random_bytes({chunk, count});
            auto given = to.give(chunk, count);
            if (!given && done == 0) return given;
            if (given) done += *given;
            if (!given || *given < count) break;
        }
        return done;
    });
}

}  // namespace mayfly::guest
