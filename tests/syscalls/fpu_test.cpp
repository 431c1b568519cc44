// Floating point and vector state: kept over preemption, system calls and between threads.
#include <immintrin.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "cases.h"
#include "vector_registers.h"

using namespace mayfly::tests;

namespace {

std::atomic<bool> go;
std::atomic<int> wrong;

void run_together(int count, void* (*body)(void*)) {
    go = false;
    wrong = 0;
    std::vector<pthread_t> threads(static_cast<std::size_t>(count));
    std::intptr_t id = 0;
    for (pthread_t& thread : threads) ::pthread_create(&thread, nullptr, body, reinterpret_cast<void*>(++id));
    go = true;
    for (const pthread_t thread : threads) ::pthread_join(thread, nullptr);
    SHOW(wrong.load());
}

// All sixteen registers hold id + number while other threads run; none may change.
__attribute__((target("avx2"))) bool keeps_registers(long id, bool yield) {
    alignas(32) long in[16][4], out[16][4];
    for (long number = 0; number < 16; ++number)
        for (long& lane : in[number]) lane = id * 1000 + number * 10 + (&lane - in[number]);
    long result = 24;  // sched_yield
    asm volatile(
        "vmovdqa 0(%[in]), %%ymm0\n vmovdqa 32(%[in]), %%ymm1\n vmovdqa 64(%[in]), %%ymm2\n vmovdqa 96(%[in]), %%ymm3\n"
        "vmovdqa 128(%[in]), %%ymm4\n vmovdqa 160(%[in]), %%ymm5\n vmovdqa 192(%[in]), %%ymm6\n vmovdqa 224(%[in]), "
        "%%ymm7\n"
        "vmovdqa 256(%[in]), %%ymm8\n vmovdqa 288(%[in]), %%ymm9\n vmovdqa 320(%[in]), %%ymm10\n vmovdqa 352(%[in]), "
        "%%ymm11\n"
        "vmovdqa 384(%[in]), %%ymm12\n vmovdqa 416(%[in]), %%ymm13\n vmovdqa 448(%[in]), %%ymm14\n vmovdqa 480(%[in]), "
        "%%ymm15\n"
        "test %[yield], %[yield]\n jz 1f\n syscall\n jmp 3f\n"
        "1: mov $2000000, %%rcx\n 2: dec %%rcx\n jnz 2b\n 3:\n"
        "vmovdqa %%ymm0, 0(%[out])\n vmovdqa %%ymm1, 32(%[out])\n vmovdqa %%ymm2, 64(%[out])\n vmovdqa %%ymm3, "
        "96(%[out])\n"
        "vmovdqa %%ymm4, 128(%[out])\n vmovdqa %%ymm5, 160(%[out])\n vmovdqa %%ymm6, 192(%[out])\n vmovdqa %%ymm7, "
        "224(%[out])\n"
        "vmovdqa %%ymm8, 256(%[out])\n vmovdqa %%ymm9, 288(%[out])\n vmovdqa %%ymm10, 320(%[out])\n vmovdqa %%ymm11, "
        "352(%[out])\n"
        "vmovdqa %%ymm12, 384(%[out])\n vmovdqa %%ymm13, 416(%[out])\n vmovdqa %%ymm14, 448(%[out])\n vmovdqa %%ymm15, "
        "480(%[out])\n"
        "vzeroupper"
        : "+a"(result)
        : [in] "r"(in), [out] "r"(out), [yield] "r"(static_cast<long>(yield))
        : "rcx", "r11", "memory", "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9",
          "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
    return std::memcmp(in, out, sizeof in) == 0;
}

// The upper halves and the registers that AVX-512 adds; yields in between.
bool keeps_wide_registers(long id) {
    alignas(64) long in[8], out[8], upper[8];
    for (long& lane : in) lane = id * 1000 + (&lane - in);
    unsigned long mask = 0, mask_in = static_cast<unsigned long>(id) * 77;
    long result = 24;  // sched_yield
    asm volatile(
        "vmovdqa64 (%[in]), %%zmm31\n vmovdqa64 (%[in]), %%zmm5\n kmovw %k[mask_in], %%k5\n"
        "syscall\n"
        "vmovdqa64 %%zmm31, (%[out])\n vmovdqa64 %%zmm5, (%[upper])\n kmovw %%k5, %k[mask]\n vzeroupper"
        : "+a"(result), [mask] "=&r"(mask)
        : [in] "r"(in), [out] "r"(out), [upper] "r"(upper), [mask_in] "r"(mask_in)
        : "rcx", "r11", "memory", "cc", "xmm5");
    return std::memcmp(in, out, sizeof in) == 0 && std::memcmp(in, upper, sizeof in) == 0 && mask == (mask_in & 0xffff);
}

}  // namespace

CASE(vector_registers_survive_preemption) {
    if (!has_avx2()) return;
    run_together(4, [](void* id) -> void* {
        while (!go) ::sched_yield();
        for (int i = 0; i < 40; ++i) wrong += !keeps_registers(reinterpret_cast<std::intptr_t>(id), false);
        return nullptr;
    });
}

CASE(vector_registers_survive_system_calls_that_switch) {
    if (!has_avx2()) return;
    run_together(4, [](void* id) -> void* {
        while (!go) ::sched_yield();
        for (int i = 0; i < 5'000; ++i) wrong += !keeps_registers(reinterpret_cast<std::intptr_t>(id), true);
        return nullptr;
    });
}

CASE(wide_vector_registers_survive_system_calls_that_switch) {
    if (!has_avx512()) return;
    run_together(4, [](void* id) -> void* {
        while (!go) ::sched_yield();
        for (int i = 0; i < 2000; ++i) wrong += !keeps_wide_registers(reinterpret_cast<std::intptr_t>(id));
        return nullptr;
    });
}

CASE(sums_of_four_threads_are_exact) {
    static double expected;
    const auto sum = [](double start) {
        double total = 0;
        for (int i = 1; i <= 3'000'000; ++i) total += std::sqrt(start + i) / i;
        return total;
    };
    expected = sum(1.0);
    run_together(4, [](void*) -> void* {
        while (!go) ::sched_yield();
        double total = 0;
        for (int i = 1; i <= 3'000'000; ++i) total += std::sqrt(1.0 + i) / i;
        wrong += std::fabs(total - expected) > 1e-9;
        return nullptr;
    });
}

CASE(rounding_mode_is_per_thread) {
    run_together(4, [](void* id) -> void* {
        const unsigned mode = static_cast<unsigned>(reinterpret_cast<std::intptr_t>(id) % 4) << 13;
        _mm_setcsr(0x1f80 | mode);
        unsigned short control = 0;
        asm volatile("fnstcw %0" : "=m"(control));
        control = static_cast<unsigned short>((control & ~0xc00) | (mode >> 3));
        asm volatile("fldcw %0" : : "m"(control));
        while (!go) ::sched_yield();
        for (int i = 0; i < 2'000; ++i) {
            ::sched_yield();
            unsigned short now = 0;
            asm volatile("fnstcw %0" : "=m"(now));
            wrong += (_mm_getcsr() & 0x6000) != mode || now != control;
        }
        return nullptr;
    });
}

CASE(a_new_thread_starts_with_the_default_state) {
    unsigned short control = 0;
    asm volatile("fnstcw %0" : "=m"(control));
    SHOW(control);
    SHOW(_mm_getcsr() & 0xffc0);
}

CASE(long_double_stack_survives) {
    run_together(3, [](void* id) -> void* {
        while (!go) ::sched_yield();
        const auto start = static_cast<long double>(reinterpret_cast<std::intptr_t>(id));
        long double value = start;
        for (int i = 0; i < 200'000; ++i) {
            value = value * 1.0000001L + 0.5L;
            value = (value - 0.5L) / 1.0000001L;
            if (i % 1000 == 0) ::sched_yield();
        }
        wrong += fabsl(value - start) > 1e-6L;
        return nullptr;
    });
}

// A program that asks before it uses them finds what there is.
CASE(cpuid_tells_of_avx2_where_it_works) {
    if (!has_avx2()) return;
    SHOW(__builtin_cpu_supports("avx2") != 0);
}

CASE(xgetbv_shows_avx_when_it_works) {
    if (!has_avx2()) return;
    unsigned low = 0, high = 0;
    asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    SHOW(low & 7);
}
