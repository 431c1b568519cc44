// What the pure parts of guest/ipc need from the rest of the kernel.
#include <cstring>

#include "guest/mm/user.h"
#include "guest/thread/wait_queue.h"

namespace mayfly::guest {

// User memory is the test's own; the page of address 0 is not there.
ErrnoOr<void> copy_to_user(UserAddr to, const void* from, usize bytes) {
    if (raw(to) < kPageSize) return fail(EFAULT);
    std::memcpy(reinterpret_cast<void*>(raw(to)), from, bytes);
    return {};
}

// No threads wait in unit tests: listeners are all there is to wake.
void WaitQueue::wake_all() { notify_listeners(); }

}  // namespace mayfly::guest
