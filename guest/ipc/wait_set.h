// Waiting for several queues at once.
#pragma once

#include <optional>

#include "guest/lib/ref.h"
#include "guest/lib/vector.h"
#include "guest/thread/wait_queue.h"

namespace mayfly::guest {

// The current thread's places on many queues; it leaves them all when destroyed. The caller keeps the
// queues alive. Lives on the thread's kernel stack, the first places with it.
class WaitSet {
public:
    ErrnoOr<void> add(WaitQueue& queue) {
        if (used_ < kInline) {
            queue.add(inline_[used_++].emplace());
            return {};
        }
        auto waiter = MF_TRY(make_owned<Waiter>());
        Waiter& place = *waiter;
        MF_TRY(more_.push_back(std::move(waiter)));
        queue.add(place);
        return {};
    }

private:
    static constexpr usize kInline = 8;
    std::optional<Waiter> inline_[kInline];
    usize used_ = 0;
    Vector<Owned<Waiter>> more_;
};

}  // namespace mayfly::guest
