// Thread-local storage, thread-specific data, arch_prctl.
#include <asm/prctl.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "cases.h"

using namespace mayfly::tests;

namespace {

thread_local int number = 5;
thread_local std::string text = "initial";
thread_local char large[20'000];

std::atomic<int> destroyed{0};
struct Counted {
    int value = 1;
    Counted() = default;
    ~Counted() { ++destroyed; }
};
thread_local Counted counted;

}  // namespace

CASE(each_thread_has_its_own) {
    number = 6;
    text = "main";
    int seen = 0;
    std::string seen_text;
    std::thread([&] {
        seen = number;
        seen_text = text;
        number = 7;
    }).join();
    SHOW(seen);
    SHOW(seen_text);
    SHOW(number);
}

CASE(values_survive_preemption) {
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int id = 1; id <= 4; ++id)
        threads.emplace_back([&wrong, id] {
            number = id;
            for (int i = 0; i < 20'000'000; ++i) {
                asm volatile("");
                if (i % 4096 == 0 && number != id) ++wrong;
            }
            if (number != id) ++wrong;
        });
    for (auto& thread : threads) thread.join();
    SHOW(wrong.load());
}

CASE(destructors_run_at_thread_exit) {
    destroyed = 0;
    for (int i = 0; i < 10; ++i) std::thread([] { counted.value = 2; }).join();
    SHOW(destroyed.load());
}

CASE(large_blocks_are_zero) {
    int sum = 0;
    std::thread([&] {
        for (const char byte : large) sum += byte;
        large[19'999] = 1;
    }).join();
    std::thread([&] {
        for (const char byte : large) sum += byte;
    }).join();
    SHOW(sum);
}

CASE(keys_with_destructors) {
    static std::atomic<int> called;
    called = 0;
    pthread_key_t key;
    SHOW(error_name(::pthread_key_create(
        &key, [](void* value) { called += static_cast<int>(reinterpret_cast<std::intptr_t>(value)); })));
    for (int i = 1; i <= 3; ++i)
        std::thread([&] { ::pthread_setspecific(key, reinterpret_cast<void*>(static_cast<std::intptr_t>(i))); }).join();
    SHOW(called.load());
    SHOW(::pthread_getspecific(key) == nullptr);
    SHOW(error_name(::pthread_key_delete(key)));
}

CASE(arch_prctl_tells_the_base) {
    unsigned long base = 0, self = 0;
    OUTCOME(::syscall(SYS_arch_prctl, ARCH_GET_FS, &base));
    asm("mov %%fs:0, %0" : "=r"(self));
    SHOW(base == self);
    OUTCOME(::syscall(SYS_arch_prctl, ARCH_SET_FS, base));
    OUTCOME(::syscall(SYS_arch_prctl, ARCH_SET_FS, ~0ul));
    OUTCOME(::syscall(SYS_arch_prctl, ARCH_GET_FS, kUnmapped));
    OUTCOME(::syscall(SYS_arch_prctl, 0x9999, 0));
}

CASE(errno_is_per_thread) {
    errno = EDOM;
    std::thread([] { errno = ENOENT; }).join();
    SHOW(error_name(errno));
}
