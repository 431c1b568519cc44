// Who waits on which futex word. Pure: it knows neither threads nor memory.
#pragma once

#include "guest/lib/list.h"
#include "guest/lib/types.h"

namespace mayfly::guest {

// A word of an address space. Shared and private futexes are the same while a word is mapped once.
struct FutexKey {
    const void* space = nullptr;
    u64 address = 0;
    friend bool operator==(const FutexKey&, const FutexKey&) = default;
};

inline constexpr u32 kAnyBitset = ~0u;  // FUTEX_BITSET_MATCH_ANY

// Lives on its thread's stack while the thread waits; leaves the table when destroyed.
class FutexWaiter {
public:
    FutexWaiter(FutexKey key, u32 bitset) : key_(key), bitset_(bitset) {}
    virtual ~FutexWaiter() = default;

    // FUTEX_WAKE took it off the table; a wake-up for another reason leaves it there.
    bool woken() const { return woken_; }

    ListNode node;

protected:
    virtual void wake() = 0;

private:
    friend class FutexTable;
    FutexKey key_;
    u32 bitset_;
    bool woken_ = false;
};

class FutexTable {
public:
    void add(FutexWaiter& waiter) { bucket(waiter.key_).push_back(waiter); }
    // Wakes the waiters of key whose bitset meets `bitset`, at most `limit`, the longest waiting first;
    // returns how many.
    usize wake(FutexKey key, usize limit, u32 bitset = kAnyBitset);
    // Wakes up to wake_limit waiters of `from` and lets up to move_limit others wait on `to` instead;
    // returns how many both were.
    usize requeue(FutexKey from, FutexKey to, usize wake_limit, usize move_limit);

private:
    static constexpr usize kBuckets = 128;
    using Bucket = List<FutexWaiter, &FutexWaiter::node>;

    Bucket& bucket(FutexKey key);
    static void wake_one(FutexWaiter& waiter);

    Bucket buckets_[kBuckets];
};

}  // namespace mayfly::guest
