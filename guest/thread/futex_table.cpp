#include "guest/thread/futex_table.h"

namespace mayfly::guest {

FutexTable::Bucket& FutexTable::bucket(FutexKey key) {
    // Words are 4-byte aligned; the golden ratio spreads neighbours (Fibonacci hashing).
    const u64 hash = (key.address >> 2) * 0x9e37'79b9'7f4a'7c15;
    return buckets_[hash >> 57];
}

void FutexTable::wake_one(FutexWaiter& waiter) {
    waiter.node.unlink();
    waiter.woken_ = true;
    waiter.wake();
}

usize FutexTable::wake(FutexKey key, usize limit, u32 bitset) {
    Bucket& waiters = bucket(key);
    usize woken = 0;
    for (FutexWaiter* waiter = waiters.front(); waiter != nullptr && woken < limit;) {
        FutexWaiter* next = waiters.next(*waiter);
        if (waiter->key_ == key && (waiter->bitset_ & bitset) != 0) {
            wake_one(*waiter);
            ++woken;
        }
        waiter = next;
    }
    return woken;
}

usize FutexTable::requeue(FutexKey from, FutexKey to, usize wake_limit, usize move_limit) {
    const usize woken = wake(from, wake_limit);
    // To itself: they stay where they are, and a moved one must not be met again.
    Bucket& source = bucket(from);
    Bucket& target = bucket(to);
    usize moved = 0;
    for (FutexWaiter* waiter = source.front(); waiter != nullptr && moved < move_limit;) {
        FutexWaiter* next = source.next(*waiter);
        if (waiter->key_ == from) {
            ++moved;
            if (from != to) {
                waiter->node.unlink();
                waiter->key_ = to;
                target.push_back(*waiter);
            }
        }
        waiter = next;
    }
    return woken + moved;
}

}  // namespace mayfly::guest
