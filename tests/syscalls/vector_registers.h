// Which vector registers can be used: found by using them. CPUID won't do, inside a microVM it may be KVM's answer
// and name less than there is.
#pragma once

#include <setjmp.h>
#include <signal.h>

namespace mayfly::tests {

inline sigjmp_buf after_illegal_instruction;

// Does `use` get by without SIGILL?
inline bool is_legal(void (*use)()) {
    struct sigaction back {
    }, before{};
    back.sa_handler = [](int) { siglongjmp(after_illegal_instruction, 1); };
    ::sigaction(SIGILL, &back, &before);
    const bool legal = sigsetjmp(after_illegal_instruction, 1) == 0;
    if (legal) use();
    ::sigaction(SIGILL, &before, nullptr);
    return legal;
}

inline bool has_avx2() {
    return is_legal([] { asm volatile("vpxor %%ymm0, %%ymm0, %%ymm0\n vzeroupper" ::: "xmm0"); });
}
inline bool has_avx512() {
    return is_legal([] { asm volatile("vpxorq %%zmm16, %%zmm16, %%zmm16\n vzeroupper" :::); });
}

}  // namespace mayfly::tests
