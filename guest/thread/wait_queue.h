// How threads wait. The kernel is not preempted: between a condition's check and block() nothing
// else runs, so there is no lost wake-up as long as nothing in between blocks.
//
//     while (buffer.empty()) {
//         if (nonblocking()) return fail(EAGAIN);
//         MF_TRY(readers.wait());  // kRestart when a signal is pending
//     }
#pragma once

#include "guest/lib/list.h"
#include "guest/lib/types.h"

namespace mayfly::guest {

class Thread;

// Absolute, in nanoseconds of CLOCK_MONOTONIC.
struct Deadline {
    u64 monotonic_ns = ~0ull;
    static constexpr Deadline never() { return {}; }
    constexpr bool is_never() const { return monotonic_ns == ~0ull; }
};

enum class Wake {
    event,    // a queue woke the thread
    timeout,  // the deadline passed
    signal,   // an unblocked signal is pending
};

// Puts the current thread on a queue; leaves it when destroyed. Lives on the thread's kernel stack.
class Waiter {
public:
    Waiter();  // for the current thread
    Thread& thread() const { return thread_; }

    ListNode node;

private:
    Thread& thread_;
};

// Told of every wake-up of a queue without being a thread: an epoll registration.
class WaitListener {
public:
    // May have become ready. Must not block, nor touch the queue.
    virtual void on_wake() = 0;
    // The queue ends with the file it belongs to; the listener is no longer on it and may delete itself.
    virtual void on_queue_destroyed() = 0;

    ListNode node;

protected:
    ~WaitListener() = default;
};

class WaitQueue {
public:
    WaitQueue() = default;
    ~WaitQueue() {
        while (WaitListener* listener = listeners_.pop_front()) listener->on_queue_destroyed();
    }

    void add(Waiter& waiter) { waiters_.push_back(waiter); }
    void listen(WaitListener& listener) { listeners_.push_back(listener); }
    // Tells the listeners; part of wake_all().
    void notify_listeners() {
        for (WaitListener* one = listeners_.front(); one != nullptr; one = listeners_.next(*one)) one->on_wake();
    }
    void wake_all();
    bool has_waiters() { return !waiters_.empty(); }
    bool is_watched() { return !waiters_.empty() || !listeners_.empty(); }
    // add + block: kRestart when a signal came first, ETIMEDOUT at the deadline.
    ErrnoOr<void> wait(Deadline deadline = Deadline::never());

private:
    List<Waiter, &Waiter::node> waiters_;
    List<WaitListener, &WaitListener::node> listeners_;
};

// Gives the CPU away until one of the queues that hold a Waiter of the current thread is woken, the
// deadline passes or a signal is pending. Returns at once when a signal is already pending.
Wake block(Deadline deadline = Deadline::never());

}  // namespace mayfly::guest
