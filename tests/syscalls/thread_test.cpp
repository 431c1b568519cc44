// POSIX threads: creation, joining, mutexes, conditions, barriers, cancellation, scheduling.
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include "cases.h"

using namespace mayfly::tests;

namespace {

using Body = void* (*)(void*);

void* echo(void* argument) { return argument; }

timespec in_ms(clockid_t clock, long milliseconds) {
    timespec time{};
    ::clock_gettime(clock, &time);
    time.tv_nsec += milliseconds * 1'000'000;
    time.tv_sec += time.tv_nsec / 1'000'000'000;
    time.tv_nsec %= 1'000'000'000;
    return time;
}

void pause_ms(long milliseconds) {
    const timespec time{milliseconds / 1000, milliseconds % 1000 * 1'000'000};
    ::nanosleep(&time, nullptr);
}

std::intptr_t joined(pthread_t thread) {
    void* result = nullptr;
    EXPECT(::pthread_join(thread, &result) == 0);
    return reinterpret_cast<std::intptr_t>(result);
}

pthread_t start(Body body, void* argument = nullptr) {
    pthread_t thread{};
    EXPECT(::pthread_create(&thread, nullptr, body, argument) == 0);
    return thread;
}

}  // namespace

CASE(create_and_join) { SHOW(joined(start(echo, reinterpret_cast<void*>(42)))); }

CASE(hundred_threads_at_once) {
    static std::atomic<int> running{0};
    static std::atomic<bool> go{false};
    running = 0;
    go = false;
    std::vector<pthread_t> threads;
    for (std::intptr_t i = 0; i < 100; ++i)
        threads.push_back(start(
            [](void* argument) -> void* {
                ++running;
                while (!go) ::sched_yield();
                return argument;
            },
            reinterpret_cast<void*>(i)));
    while (running < 100) pause_ms(1);
    go = true;
    std::intptr_t sum = 0;
    for (pthread_t thread : threads) sum += joined(thread);
    SHOW(sum);
}

CASE(two_thousand_threads_one_after_the_other) {
    std::intptr_t sum = 0;
    for (std::intptr_t i = 0; i < 2000; ++i) sum += joined(start(echo, reinterpret_cast<void*>(i)));
    SHOW(sum);
}

CASE(threads_have_a_tid_each_and_one_pid) {
    static std::atomic<int> pid;
    const auto tid = static_cast<int>(joined(start([](void*) -> void* {
        pid = ::getpid();
        return reinterpret_cast<void*>(static_cast<std::intptr_t>(::gettid()));
    })));
    SHOW(pid == ::getpid());
    SHOW(tid != ::gettid());
    SHOW(::gettid() == ::getpid());
}

CASE(detached_thread_runs) {
    static std::atomic<bool> done;
    done = false;
    pthread_attr_t attributes;
    ::pthread_attr_init(&attributes);
    ::pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_t thread{};
    SHOW(error_name(::pthread_create(
        &thread, &attributes,
        [](void*) -> void* {
            done = true;
            return nullptr;
        },
        nullptr)));
    while (!done) pause_ms(1);
    SHOW(done.load());
}

CASE(stack_sizes) {
    pthread_attr_t attributes;
    ::pthread_attr_init(&attributes);
    for (const std::size_t size : {std::size_t{64} << 10, std::size_t{1} << 20, std::size_t{64} << 20}) {
        SHOW(error_name(::pthread_attr_setstacksize(&attributes, size)));
        pthread_t thread{};
        SHOW(error_name(::pthread_create(
            &thread, &attributes,
            [](void*) -> void* {
                volatile char deep[32 << 10];
                std::memset(const_cast<char*>(deep), 1, sizeof deep);
                return reinterpret_cast<void*>(static_cast<std::intptr_t>(deep[100]));
            },
            nullptr)));
        SHOW(joined(thread));
    }
}

CASE(mutex_guards_a_counter) {
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    static long counter;
    counter = 0;
    std::vector<pthread_t> threads;
    for (int i = 0; i < 4; ++i)
        threads.push_back(start([](void*) -> void* {
            for (int n = 0; n < 50'000; ++n) {
                ::pthread_mutex_lock(&mutex);
                counter = counter + 1;
                ::pthread_mutex_unlock(&mutex);
            }
            return nullptr;
        }));
    for (pthread_t thread : threads) joined(thread);
    SHOW(counter);
}

CASE(threads_that_never_call_the_kernel_share_the_cpu) {
    static std::atomic<long> counters[3];
    static std::atomic<bool> stop;
    stop = false;
    std::vector<pthread_t> threads;
    for (auto& counter : counters) {
        counter = 0;
        threads.push_back(start(
            [](void* argument) -> void* {
                while (!stop) ++*static_cast<std::atomic<long>*>(argument);
                return nullptr;
            },
            &counter));
    }
    pause_ms(300);
    stop = true;
    for (pthread_t thread : threads) joined(thread);
    SHOW(counters[0] > 1000 && counters[1] > 1000 && counters[2] > 1000);
}

CASE(mutex_timed_lock) {
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    ::pthread_mutex_lock(&mutex);
    const auto result = joined(start([](void*) -> void* {
        const timespec until = in_ms(CLOCK_REALTIME, 30);
        return reinterpret_cast<void*>(static_cast<std::intptr_t>(::pthread_mutex_timedlock(&mutex, &until)));
    }));
    SHOW(error_name(static_cast<int>(result)));
    ::pthread_mutex_unlock(&mutex);
}

CASE(mutex_kinds) {
    pthread_mutexattr_t attributes;
    ::pthread_mutexattr_init(&attributes);
    pthread_mutex_t mutex;
    ::pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
    ::pthread_mutex_init(&mutex, &attributes);
    SHOW(error_name(::pthread_mutex_lock(&mutex)));
    SHOW(error_name(::pthread_mutex_lock(&mutex)));
    SHOW(error_name(::pthread_mutex_unlock(&mutex)));
    SHOW(error_name(::pthread_mutex_unlock(&mutex)));
    ::pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    ::pthread_mutex_init(&mutex, &attributes);
    SHOW(error_name(::pthread_mutex_lock(&mutex)));
    SHOW(error_name(::pthread_mutex_trylock(&mutex)));
}

CASE(robust_mutex_of_a_thread_that_ended) {
    static pthread_mutex_t mutex;
    pthread_mutexattr_t attributes;
    ::pthread_mutexattr_init(&attributes);
    ::pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    ::pthread_mutex_init(&mutex, &attributes);
    joined(start([](void*) -> void* {
        ::pthread_mutex_lock(&mutex);
        return nullptr;
    }));
    SHOW(error_name(::pthread_mutex_lock(&mutex)));
    SHOW(error_name(::pthread_mutex_consistent(&mutex)));
    SHOW(error_name(::pthread_mutex_unlock(&mutex)));
    SHOW(error_name(::pthread_mutex_lock(&mutex)));
}

CASE(robust_mutex_wakes_the_one_who_waits) {
    static pthread_mutex_t mutex;
    static std::atomic<bool> held;
    held = false;
    pthread_mutexattr_t attributes;
    ::pthread_mutexattr_init(&attributes);
    ::pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    ::pthread_mutex_init(&mutex, &attributes);
    const pthread_t owner = start([](void*) -> void* {
        ::pthread_mutex_lock(&mutex);
        held = true;
        pause_ms(50);
        return nullptr;
    });
    while (!held) pause_ms(1);
    SHOW(error_name(::pthread_mutex_lock(&mutex)));
    joined(owner);
}

CASE(condition_variable_hands_over) {
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
    static int produced, consumed;
    produced = consumed = 0;
    const pthread_t consumer = start([](void*) -> void* {
        ::pthread_mutex_lock(&mutex);
        while (consumed < 1000) {
            while (produced == consumed) ::pthread_cond_wait(&condition, &mutex);
            ++consumed;
            ::pthread_cond_signal(&condition);
        }
        ::pthread_mutex_unlock(&mutex);
        return nullptr;
    });
    ::pthread_mutex_lock(&mutex);
    while (produced < 1000) {
        ++produced;
        ::pthread_cond_signal(&condition);
        while (consumed < produced) ::pthread_cond_wait(&condition, &mutex);
    }
    ::pthread_mutex_unlock(&mutex);
    joined(consumer);
    SHOW(consumed);
}

CASE(condition_broadcast_wakes_all) {
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
    static int waiting;
    static bool go;
    waiting = 0;
    go = false;
    std::vector<pthread_t> threads;
    for (int i = 0; i < 8; ++i)
        threads.push_back(start([](void*) -> void* {
            ::pthread_mutex_lock(&mutex);
            ++waiting;
            while (!go) ::pthread_cond_wait(&condition, &mutex);
            ::pthread_mutex_unlock(&mutex);
            return reinterpret_cast<void*>(1);
        }));
    for (bool all = false; !all; pause_ms(1)) {
        ::pthread_mutex_lock(&mutex);
        all = waiting == 8;
        ::pthread_mutex_unlock(&mutex);
    }
    ::pthread_mutex_lock(&mutex);
    go = true;
    ::pthread_cond_broadcast(&condition);
    ::pthread_mutex_unlock(&mutex);
    std::intptr_t woken = 0;
    for (pthread_t thread : threads) woken += joined(thread);
    SHOW(woken);
}

CASE(condition_timeouts_on_both_clocks) {
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_condattr_t attributes;
    ::pthread_condattr_init(&attributes);
    for (const clockid_t clock : {CLOCK_REALTIME, CLOCK_MONOTONIC}) {
        pthread_cond_t condition;
        EXPECT(::pthread_condattr_setclock(&attributes, clock) == 0);
        ::pthread_cond_init(&condition, &attributes);
        ::pthread_mutex_lock(&mutex);
        const timespec until = in_ms(clock, 30);
        SHOW(error_name(::pthread_cond_timedwait(&condition, &mutex, &until)));
        timespec after{};
        ::clock_gettime(clock, &after);
        SHOW(after.tv_sec > until.tv_sec || (after.tv_sec == until.tv_sec && after.tv_nsec >= until.tv_nsec));
        ::pthread_mutex_unlock(&mutex);
    }
}

CASE(read_write_lock) {
    static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
    static int value;
    value = 0;
    SHOW(error_name(::pthread_rwlock_rdlock(&lock)));
    SHOW(error_name(::pthread_rwlock_tryrdlock(&lock)));
    SHOW(error_name(::pthread_rwlock_trywrlock(&lock)));
    const pthread_t writer = start([](void*) -> void* {
        ::pthread_rwlock_wrlock(&lock);
        value = 7;
        ::pthread_rwlock_unlock(&lock);
        return nullptr;
    });
    pause_ms(20);
    SHOW(value);
    ::pthread_rwlock_unlock(&lock);
    ::pthread_rwlock_unlock(&lock);
    joined(writer);
    SHOW(value);
}

CASE(barrier_lets_all_pass_together) {
    static pthread_barrier_t barrier;
    static std::atomic<int> arrived, early, serial;
    arrived = early = serial = 0;
    ::pthread_barrier_init(&barrier, nullptr, 5);
    std::vector<pthread_t> threads;
    for (int i = 0; i < 5; ++i)
        threads.push_back(start([](void*) -> void* {
            for (int round = 1; round <= 20; ++round) {
                ++arrived;
                if (::pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD) ++serial;
                if (arrived < 5 * round) ++early;
                ::pthread_barrier_wait(&barrier);
            }
            return nullptr;
        }));
    for (pthread_t thread : threads) joined(thread);
    SHOW(early.load());
    SHOW(serial.load());
}

CASE(semaphores) {
    static sem_t semaphore;
    ::sem_init(&semaphore, 0, 0);
    OUTCOME(::sem_trywait(&semaphore));
    const timespec until = in_ms(CLOCK_REALTIME, 20);
    OUTCOME(::sem_timedwait(&semaphore, &until));
    const pthread_t poster = start([](void*) -> void* {
        pause_ms(10);
        ::sem_post(&semaphore);
        return nullptr;
    });
    OUTCOME(::sem_wait(&semaphore));
    joined(poster);
}

CASE(once_runs_once) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    static std::atomic<int> runs;
    std::vector<pthread_t> threads;
    for (int i = 0; i < 4; ++i)
        threads.push_back(start([](void*) -> void* {
            ::pthread_once(&once, [] {
                pause_ms(10);
                ++runs;
            });
            return nullptr;
        }));
    for (pthread_t thread : threads) joined(thread);
    SHOW(runs.load());
}

CASE(cancel_a_sleeping_thread) {
    static std::atomic<bool> cleaned;
    cleaned = false;
    const pthread_t thread = start([](void*) -> void* {
        pthread_cleanup_push([](void*) { cleaned = true; }, nullptr);
        pause_ms(60'000);
        pthread_cleanup_pop(0);
        return nullptr;
    });
    pause_ms(20);
    SHOW(error_name(::pthread_cancel(thread)));
    SHOW(joined(thread) == reinterpret_cast<std::intptr_t>(PTHREAD_CANCELED));
    SHOW(cleaned.load());
}

CASE(cancel_a_thread_that_waits_for_a_condition) {
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
    const pthread_t thread = start([](void*) -> void* {
        ::pthread_mutex_lock(&mutex);
        pthread_cleanup_push([](void*) { ::pthread_mutex_unlock(&mutex); }, nullptr);
        for (;;) ::pthread_cond_wait(&condition, &mutex);
        pthread_cleanup_pop(0);
        return nullptr;
    });
    pause_ms(20);
    SHOW(error_name(::pthread_cancel(thread)));
    SHOW(joined(thread) == reinterpret_cast<std::intptr_t>(PTHREAD_CANCELED));
    SHOW(error_name(::pthread_mutex_trylock(&mutex)));
    ::pthread_mutex_unlock(&mutex);
}

CASE(cancel_a_thread_that_computes) {
    const pthread_t thread = start([](void*) -> void* {
        ::pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, nullptr);
        for (;;) asm volatile("");
        return nullptr;
    });
    pause_ms(20);
    SHOW(error_name(::pthread_cancel(thread)));
    SHOW(joined(thread) == reinterpret_cast<std::intptr_t>(PTHREAD_CANCELED));
}

CASE(thread_names) {
    SHOW(error_name(::pthread_setname_np(::pthread_self(), "worker")));
    char name[16] = {};
    SHOW(error_name(::pthread_getname_np(::pthread_self(), name, sizeof name)));
    SHOW(static_cast<const char*>(name));
    SHOW(error_name(::pthread_setname_np(::pthread_self(), "a name that is far too long")));
}

CASE(stack_of_the_main_thread) {
    pthread_attr_t attributes;
    SHOW(error_name(::pthread_getattr_np(::pthread_self(), &attributes)));
    void* stack = nullptr;
    std::size_t size = 0;
    ::pthread_attr_getstack(&attributes, &stack, &size);
    char here = 0;
    asm volatile("" : : "r"(&here) : "memory");
    SHOW(&here > stack && &here < static_cast<char*>(stack) + size);
}

CASE(main_stack_of_four_megabytes) {
    struct Deep {
        static int down(int levels) {
            volatile char frame[16 << 10];
            frame[0] = static_cast<char>(levels);
            return levels == 0 ? frame[0] : down(levels - 1) + (frame[0] != 0);
        }
    };
    SHOW(Deep::down(256));
}

CASE(affinity_and_yield) {
    cpu_set_t cpus;
    OUTCOME(::sched_getaffinity(0, sizeof cpus, &cpus));
    SHOW(CPU_COUNT(&cpus) >= 1);
    OUTCOME(::sched_yield());
    OUTCOME(::syscall(SYS_sched_getaffinity, 0, 1, &cpus));
    OUTCOME(::syscall(SYS_sched_getaffinity, 0, sizeof cpus, kUnmapped));
    OUTCOME(::sched_getaffinity(999'999, sizeof cpus, &cpus));
    SHOW(::sched_getcpu() >= 0);
}

CASE(bad_clones) {
    // Threads need VM with SIGHAND, SIGHAND with THREAD.
    OUTCOME(::syscall(SYS_clone, 0x0000'0800 /* SIGHAND */, 0, 0, 0, 0));
    OUTCOME(::syscall(SYS_clone, 0x0001'0000 /* THREAD */, 0, 0, 0, 0));
    OUTCOME(::syscall(SYS_clone3, kUnmapped, 88));
    char arguments[88] = {};
    OUTCOME(::syscall(SYS_clone3, arguments, 8));
}
