// A mutex whose use clang checks at compile time (-Wthread-safety).
#pragma once

#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define MF_THREAD_ANNOTATION(attribute) __attribute__((attribute))
#else
#define MF_THREAD_ANNOTATION(attribute)
#endif
#define MF_GUARDED_BY(mutex) MF_THREAD_ANNOTATION(guarded_by(mutex))
#define MF_REQUIRES(mutex) MF_THREAD_ANNOTATION(requires_capability(mutex))

namespace mayfly::runtime {

class MF_THREAD_ANNOTATION(capability("mutex")) Mutex {
public:
    void lock() MF_THREAD_ANNOTATION(acquire_capability()) { mutex_.lock(); }
    void unlock() MF_THREAD_ANNOTATION(release_capability()) { mutex_.unlock(); }

private:
    std::mutex mutex_;
};

class MF_THREAD_ANNOTATION(scoped_lockable) MutexLock {
public:
    explicit MutexLock(Mutex& mutex) MF_THREAD_ANNOTATION(acquire_capability(mutex)) : mutex_(mutex) { mutex_.lock(); }
    ~MutexLock() MF_THREAD_ANNOTATION(release_capability()) { mutex_.unlock(); }
    MutexLock(const MutexLock&) = delete;
    MutexLock& operator=(const MutexLock&) = delete;

private:
    Mutex& mutex_;
};

// Waits give up the mutex, as std::condition_variable's.
using ConditionVariable = std::condition_variable_any;

}  // namespace mayfly::runtime
