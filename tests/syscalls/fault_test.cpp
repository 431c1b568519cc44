// Signals by faults: what siginfo and ucontext tell, and handlers that change where to go on.
#include <immintrin.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/ucontext.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "cases.h"
#include "vector_registers.h"

using namespace mayfly::tests;

namespace {

siginfo_t last;
greg_t trap_number, error_code;
volatile int count = 0;

void handle(int signal, void (*handler)(int, siginfo_t*, void*), int flags = 0) {
    struct sigaction action {};
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO | flags;
    EXPECT(::sigaction(signal, &action, nullptr) == 0);
    count = 0;
}

greg_t& reg(void* context, int number) { return static_cast<ucontext_t*>(context)->uc_mcontext.gregs[number]; }

void note(siginfo_t* info, void* context) {
    last = *info;
    trap_number = reg(context, REG_TRAPNO);
    error_code = reg(context, REG_ERR);
    count = count + 1;
}

char* map(int protection) {
    return static_cast<char*>(::mmap(nullptr, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

// Recurses until the stack ends; the compiler is not to see that it never returns.
volatile bool endless = true;
long down(volatile char* above) {
    volatile char frame[4096];
    frame[0] = above[0];
    return endless ? down(frame) + frame[0] : 0;
}

// Goes on after the 2-byte instruction that faulted.
void skip_two(int, siginfo_t* info, void* context) {
    note(info, context);
    reg(context, REG_RIP) += 2;
}

}  // namespace

CASE(read_of_null) {
    handle(SIGSEGV, skip_two);
    // mov (%rax), %ecx
    asm volatile(".byte 0x8b, 0x08" : : "a"(nullptr) : "rcx", "memory");
    SHOW(count);
    SHOW(last.si_code == SEGV_MAPERR);
    SHOW(last.si_addr == nullptr);
    SHOW(trap_number);
    SHOW(error_code);
}

CASE(write_to_read_only_memory) {
    char* memory = map(PROT_READ);
    handle(SIGSEGV, skip_two);
    // mov %ecx, (%rax): never present, so not a protection fault for the processor
    asm volatile(".byte 0x89, 0x08" : : "a"(memory + 8) : "memory");
    SHOW(last.si_code == SEGV_ACCERR);
    SHOW(last.si_addr == memory + 8);
    SHOW(error_code & 6);
    static_cast<void>(*static_cast<volatile char*>(memory));
    asm volatile(".byte 0x89, 0x08" : : "a"(memory + 8) : "memory");
    SHOW(last.si_code == SEGV_ACCERR);
    SHOW(error_code);
    SHOW(count);
}

CASE(noncanonical_address) {
    handle(SIGSEGV, skip_two);
    asm volatile(".byte 0x8b, 0x08" : : "a"(0x8000'0000'0000'0000) : "rcx", "memory");
    SHOW(last.si_code == SI_KERNEL);
    SHOW(last.si_addr == nullptr);
    SHOW(trap_number);
}

CASE(kernel_address) {
    handle(SIGSEGV, skip_two);
    asm volatile(".byte 0x8b, 0x08" : : "a"(0xffff'8000'0000'0000) : "rcx", "memory");
    SHOW(count);
    SHOW(last.si_signo);
}

CASE(jump_into_nothing) {
    static sigjmp_buf place;
    handle(SIGSEGV, [](int, siginfo_t* info, void* context) {
        note(info, context);
        siglongjmp(place, 1);
    });
    if (sigsetjmp(place, 1) == 0) asm volatile("jmp *%0" : : "r"(std::uintptr_t{0x1234'5678'9000}));
    SHOW(last.si_code == SEGV_MAPERR);
    SHOW(last.si_addr == reinterpret_cast<void*>(0x1234'5678'9000));
}

CASE(code_that_may_not_be_run) {
    static sigjmp_buf place;
    char* memory = map(PROT_READ | PROT_WRITE);
    memory[0] = static_cast<char>(0xc3);
    handle(SIGSEGV, [](int, siginfo_t* info, void* context) {
        note(info, context);
        siglongjmp(place, 1);
    });
    if (sigsetjmp(place, 1) == 0) asm volatile("jmp *%0" : : "r"(memory));
    SHOW(last.si_code == SEGV_ACCERR);
    SHOW(last.si_addr == memory);
}

CASE(division_by_zero_and_overflow) {
    handle(SIGFPE, skip_two);
    int quotient = 17, rest = 0;
    // idiv %ecx
    asm volatile(".byte 0xf7, 0xf9" : "+a"(quotient), "+d"(rest) : "c"(0));
    SHOW(last.si_code == FPE_INTDIV);
    SHOW(trap_number);
    SHOW(last.si_addr != nullptr);
    asm volatile(".byte 0xf7, 0xf9" : "+a"(quotient), "+d"(rest) : "c"(0));
    SHOW(count);
}

CASE(illegal_instruction) {
    handle(SIGILL, skip_two);
    asm volatile("ud2");
    SHOW(last.si_code == ILL_ILLOPN);
    SHOW(trap_number);
    SHOW(count);
}

CASE(privileged_instruction) {
    handle(SIGSEGV, [](int, siginfo_t* info, void* context) {
        note(info, context);
        reg(context, REG_RIP) += 2;
    });
    // Two bytes each. Not cli, which I/O privilege level 3 allows where the processor honours it (docs/boundary.md).
    asm volatile("hlt; nop");
    SHOW(last.si_code == SI_KERNEL);
    SHOW(trap_number);
    asm volatile("clts");
    SHOW(count);
}

CASE(breakpoint) {
    handle(SIGTRAP, [](int, siginfo_t* info, void* context) { note(info, context); });
    asm volatile("int3");
    SHOW(count);
    SHOW(trap_number);
    SHOW(last.si_code == SI_KERNEL);
}

CASE(single_step) {
    handle(SIGTRAP, [](int, siginfo_t* info, void* context) {
        note(info, context);
        reg(context, REG_EFL) &= ~0x100;
    });
    asm volatile("pushfq; orq $0x100, (%%rsp); popfq; nop; nop" : : : "memory", "cc");
    SHOW(count);
    SHOW(last.si_code == TRAP_TRACE);
}

CASE(single_step_through_a_system_call) {
    handle(SIGTRAP, [](int, siginfo_t* info, void* context) { note(info, context); });
    long pid = SYS_getpid;
    asm volatile(
        "lea -128(%%rsp), %%rsp\n\t"
        "pushf\n\torq $0x100, (%%rsp)\n\tpopf\n\t"
        "syscall\n\t"
        "nop\n\t"
        "pushf\n\tandq $~0x100, (%%rsp)\n\tpopf\n\t"
        "lea 128(%%rsp), %%rsp"
        : "+a"(pid)
        :
        : "rcx", "r11", "memory", "cc");
    SHOW(pid == ::getpid());
    SHOW(count > 2);
    SHOW(last.si_signo == SIGTRAP && last.si_code == TRAP_TRACE);
}

// Only IRET minds it, and the kernel may use that.
CASE(system_calls_with_the_nested_task_flag) {
    long pid = SYS_getpid, flags = 0;
    asm volatile(
        "lea -128(%%rsp), %%rsp\n\t"
        "pushf\n\torq $0x4000, (%%rsp)\n\tpopf\n\t"
        "syscall\n\t"
        "pushf\n\tmov (%%rsp), %1\n\tandq $~0x4000, (%%rsp)\n\tpopf\n\t"
        "lea 128(%%rsp), %%rsp"
        : "+a"(pid), "=&r"(flags)
        :
        : "rcx", "r11", "memory", "cc");
    SHOW(pid == ::getpid());
    SHOW((flags & 0x4000) != 0);
    // A call that leaves by IRET: a signal is delivered on its way out.
    handle(SIGUSR1, [](int, siginfo_t* info, void* context) { note(info, context); });
    long result = SYS_tgkill;
    asm volatile(
        "lea -128(%%rsp), %%rsp\n\t"
        "pushf\n\torq $0x4000, (%%rsp)\n\tpopf\n\t"
        "syscall\n\t"
        "pushf\n\tandq $~0x4000, (%%rsp)\n\tpopf\n\t"
        "lea 128(%%rsp), %%rsp"
        : "+a"(result)
        : "D"(pid), "S"(::syscall(SYS_gettid)), "d"(SIGUSR1)
        : "rcx", "r11", "memory", "cc");
    SHOW(result);
    SHOW(count);
}

CASE(floating_point_exception) {
    handle(SIGFPE, [](int, siginfo_t* info, void* context) {
        note(info, context);
        // All exceptions masked again.
        static_cast<ucontext_t*>(context)->uc_mcontext.fpregs->mxcsr = 0x1f80;
    });
    const unsigned unmasked = 0x1f80 & ~0x200u;  // division by zero
    _mm_setcsr(unmasked);
    volatile double zero = 0;
    volatile double result = 1.0 / zero;
    SHOW(count);
    SHOW(last.si_code == FPE_FLTDIV);
    SHOW(result > 1e300);
    _mm_setcsr(0x1f80);
}

CASE(handler_writes_registers) {
    handle(SIGSEGV, [](int, siginfo_t* info, void* context) {
        note(info, context);
        reg(context, REG_RCX) = 4711;
        reg(context, REG_R15) = 4712;
        reg(context, REG_RIP) += 2;
    });
    long rcx = 0;
    register long r15 asm("r15") = 1;
    asm volatile(".byte 0x8b, 0x08" : "=c"(rcx), "+r"(r15) : "a"(nullptr) : "memory");
    SHOW(rcx);
    SHOW(r15);
}

CASE(handler_sees_registers) {
    static greg_t seen[4];
    handle(SIGSEGV, [](int, siginfo_t* info, void* context) {
        note(info, context);
        seen[0] = reg(context, REG_RBX);
        seen[1] = reg(context, REG_R12);
        seen[2] = reg(context, REG_RDX);
        seen[3] = reg(context, REG_RAX);
        reg(context, REG_RIP) += 2;
    });
    register long r12 asm("r12") = 12;
    asm volatile(".byte 0x8b, 0x08" : : "a"(nullptr), "b"(11), "d"(13), "r"(r12) : "rcx", "memory");
    SHOW(seen[0]);
    SHOW(seen[1]);
    SHOW(seen[2]);
    SHOW(seen[3]);
}

CASE(handler_makes_the_page_accessible) {
    static char* memory;
    memory = map(PROT_NONE);
    handle(SIGSEGV, [](int, siginfo_t* info, void* context) {
        note(info, context);
        ::mprotect(memory, 4096, PROT_READ | PROT_WRITE);
    });
    *static_cast<volatile char*>(memory) = 5;
    SHOW(memory[0]);
    SHOW(count);
}

CASE(vector_registers_survive_a_handler) {
    if (!has_avx2()) return;
    handle(SIGSEGV, [](int, siginfo_t* info, void* context) {
        note(info, context);
        asm volatile(
            "vpcmpeqd %%ymm7, %%ymm7, %%ymm7\n vpcmpeqd %%ymm8, %%ymm8, %%ymm8\n vpxor %%ymm15, %%ymm15, %%ymm15"
            :
            :
            : "xmm7", "xmm8", "xmm15");
        reg(context, REG_RIP) += 2;
    });
    alignas(32) long in[4] = {1, 2, 3, 4}, out7[4], out8[4], out15[4];
    asm volatile(
        "vmovdqa (%[in]), %%ymm7\n vmovdqa (%[in]), %%ymm8\n vmovdqa (%[in]), %%ymm15\n"
        ".byte 0x8b, 0x08\n"
        "vmovdqa %%ymm7, (%[o7])\n vmovdqa %%ymm8, (%[o8])\n vmovdqa %%ymm15, (%[o15])\n vzeroupper"
        :
        : [in] "r"(in), [o7] "r"(out7), [o8] "r"(out8), [o15] "r"(out15), "a"(nullptr)
        : "rcx", "memory", "xmm7", "xmm8", "xmm15");
    SHOW(std::memcmp(in, out7, sizeof in) == 0);
    SHOW(std::memcmp(in, out8, sizeof in) == 0);
    SHOW(std::memcmp(in, out15, sizeof in) == 0);
}

CASE(flags_survive_a_handler) {
    handle(SIGSEGV, skip_two);
    unsigned char carry = 0;
    asm volatile("stc\n .byte 0x8b, 0x08\n setc %0" : "=r"(carry) : "a"(nullptr) : "rcx", "memory", "cc");
    SHOW(static_cast<int>(carry));
}

CASE(thousands_of_faults) {
    handle(SIGSEGV, skip_two);
    for (int i = 0; i < 5'000; ++i) asm volatile(".byte 0x8b, 0x08" : : "a"(nullptr) : "rcx", "memory");
    SHOW(count);
}

CASE(red_zone_is_left_alone) {
    handle(SIGSEGV, skip_two);
    long kept = 0;
    asm volatile("movq $77, -128(%%rsp)\n .byte 0x8b, 0x08\n movq -128(%%rsp), %0"
                 : "=r"(kept)
                 : "a"(nullptr)
                 : "rcx", "memory");
    SHOW(kept);
}

CASE(stack_overflow_on_an_alternate_stack) {
    static sigjmp_buf place;
    static char alternate[64 << 10];
    stack_t stack{};
    stack.ss_sp = alternate;
    stack.ss_size = sizeof alternate;
    EXPECT(::sigaltstack(&stack, nullptr) == 0);
    handle(
        SIGSEGV,
        [](int, siginfo_t* info, void* context) {
            note(info, context);
            siglongjmp(place, 1);
        },
        SA_ONSTACK);
    volatile char start = 1;
    if (sigsetjmp(place, 1) == 0) down(&start);
    SHOW(count);
    SHOW(last.si_signo);
}

CASE(bus_error_of_a_mapped_file) {
    EXPECT(write_file("file", ""));
    handle(SIGBUS, skip_two);
    FILE* file = ::fopen("file", "r+");
    void* memory = ::mmap(nullptr, 4096, PROT_READ, MAP_SHARED, ::fileno(file), 0);
    asm volatile(".byte 0x8b, 0x08" : : "a"(memory) : "rcx", "memory");
    SHOW(last.si_code == BUS_ADRERR);
    SHOW(last.si_addr == memory);
    ::fclose(file);
}

DEATH_CASE(death_by_null) {
    SHOW("before");
    asm volatile(".byte 0x8b, 0x08" : : "a"(nullptr) : "rcx", "memory");
    SHOW("after");
}
DEATH_CASE(death_by_fault_in_a_blocked_state) {
    sigset_t set;
    ::sigfillset(&set);
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    handle(SIGSEGV, skip_two);
    asm volatile(".byte 0x8b, 0x08" : : "a"(nullptr) : "rcx", "memory");
    SHOW("after");
}
DEATH_CASE(death_by_ignored_fault) {
    ::signal(SIGSEGV, SIG_IGN);
    asm volatile(".byte 0x8b, 0x08" : : "a"(nullptr) : "rcx", "memory");
    SHOW("after");
}
DEATH_CASE(death_by_division) {
    int quotient = 17, rest = 0;
    asm volatile(".byte 0xf7, 0xf9" : "+a"(quotient), "+d"(rest) : "c"(0));
    SHOW("after");
}
DEATH_CASE(death_by_illegal_instruction) { asm volatile("ud2"); }
DEATH_CASE(death_by_stack_overflow) {
    volatile char start = 1;
    SHOW(down(&start) != 0);
}
DEATH_CASE(death_in_a_handler_of_the_same_signal) {
    handle(SIGSEGV, [](int, siginfo_t*, void*) {
        asm volatile(".byte 0x8b, 0x08" : : "a"(nullptr) : "rcx", "memory");
    });
    asm volatile(".byte 0x8b, 0x08" : : "a"(nullptr) : "rcx", "memory");
}
