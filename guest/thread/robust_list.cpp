// Robust mutexes: set_robust_list(2), and what happens to a mutex whose owner ends.
#include <linux/futex.h>

#include "guest/thread/futex.h"
#include "guest/thread/process.h"
#include "guest/thread/syscalls.h"

namespace mayfly::guest {
namespace {

// The list is user memory: it may be endless or nonsense.
constexpr int kMaxEntries = 2048;  // as Linux's ROBUST_LIST_LIMIT
constexpr u64 kPriorityInheritance = 1;

struct Head {
    u64 first;
    i64 word_offset;
    u64 pending;  // being locked or unlocked when the thread ended
};
static_assert(sizeof(Head) == sizeof(robust_list_head));

void release_word(Thread& thread, UserAddr word) {
    for (;;) {
        auto value = load_user_u32(word);
        if (!value || (*value & FUTEX_TID_MASK) != static_cast<u32>(thread.tid())) return;
        const u32 released = (*value & FUTEX_WAITERS) | FUTEX_OWNER_DIED;
        auto before = compare_exchange_user_u32(word, *value, released);
        if (!before) return;
        if (*before != *value) continue;
        if ((*value & FUTEX_WAITERS) != 0) futex_wake(thread, word, 1);
        return;
    }
}

UserAddr word_of(u64 entry, i64 offset) { return UserAddr{(entry & ~kPriorityInheritance) + static_cast<u64>(offset)}; }

}  // namespace

void release_robust_list(Thread& thread) {
    if (raw(thread.robust_list) == 0) return;
    const u64 head_address = raw(thread.robust_list);
    Head head;
    if (!copy_from_user(&head, thread.robust_list, sizeof head)) return;

    u64 entry = head.first;
    for (int i = 0; i < kMaxEntries && (entry & ~kPriorityInheritance) != head_address; ++i) {
        u64 next = 0;  // read first: the owner may free the entry once it is released
        const bool readable =
            static_cast<bool>(copy_from_user(&next, UserAddr{entry & ~kPriorityInheritance}, sizeof next));
        if (entry != head.pending) release_word(thread, word_of(entry, head.word_offset));
        if (!readable) break;
        entry = next;
    }
    if (head.pending != 0) release_word(thread, word_of(head.pending, head.word_offset));
}

SysResult sys_set_robust_list(Thread& self, UserAddr head, usize bytes) {
    if (bytes != sizeof(Head)) return fail(EINVAL);
    self.robust_list = head;
    return 0;
}

SysResult sys_get_robust_list(Thread& self, int tid, UserPtr<u64> head, UserPtr<u64> bytes) {
    Thread* thread = tid == 0 ? &self : self.process().find_thread(tid);
    if (thread == nullptr) return fail(ESRCH);
    MF_TRY(bytes.put(sizeof(Head)));
    MF_TRY(head.put(raw(thread->robust_list)));
    return 0;
}

}  // namespace mayfly::guest
