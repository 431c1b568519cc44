// What code may rely on around a SYSCALL instruction, of a site that is used often: the kernel of a microVM leads
// such sites past the trap. Each function below is a site of its own, called more often than that takes.
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

#include <cstring>

#include "cases.h"

namespace {

constexpr int kOften = 200;
constexpr std::uint64_t kCarry = 1, kZero = 1 << 6, kDirection = 1 << 10, kAlignment = 1 << 18;

}  // namespace

// Functions with unwind information, as compilers write it: what follows .cfi_startproc is one.
#define FUNCTION(name, body)                                                                                 \
    asm(".text\n.balign 16\n.global " #name "\n.type " #name ",@function\n" #name ":\n.cfi_startproc\n" body \
        ".cfi_endproc\n.size " #name ", . - " #name "\n.balign 16\n");                                       \
    extern "C"

FUNCTION(plain_getpid, "mov $39, %eax\n syscall\n ret\n") long plain_getpid();

// The same SYSCALL by two ways: with its own number (39), or jumped at with another (the argument).
FUNCTION(jumped_at,
         "test %edi, %edi\n jz 1f\n mov %edi, %eax\n jmp 2f\n"
         "1: mov $39, %eax\n 2: syscall\n ret\n")
long jumped_at(int number);

// A value below the stack pointer, where leaf functions may keep some (System V ABI, 3.2.2).
FUNCTION(red_zone,
         "movq $0x1234, -8(%rsp)\n movq $0x5678, -128(%rsp)\n mov $39, %eax\n syscall\n"
         "mov -8(%rsp), %rax\n shl $16, %rax\n or -128(%rsp), %rax\n ret\n")
long red_zone();

// No instruction of five bytes: XOR and MOV between registers. NOPs in front of the function and behind it.
FUNCTION(short_instructions,
         "mov %edi, %eax\n jmp 1f\n 1: mov %esi, %edi\n xor %esi, %esi\n syscall\n ret\n .cfi_endproc\n .balign 32\n"
         ".cfi_startproc\n ret\n")
long short_instructions(int number, int fd);

// A system call whose number is set long before.
FUNCTION(number_first,
         "mov %edi, %eax\n mov %rsi, %rdi\n mov %rdx, %rsi\n mov %rcx, %rdx\n mov 8(%rsp), %r9\n syscall\n ret\n")
long number_first(int number, long first, const void* second, long third);

// Returns RFLAGS behind the call; the argument goes in. RCX and R11 are told apart from what SYSCALL leaves there.
FUNCTION(flags_kept,
         "push %rbx\n push %rdi\n popfq\n mov $39, %eax\n syscall\n 1: pushfq\n pop %rax\n cld\n mov %rax, %rbx\n"
         "lea 1b(%rip), %rdx\n cmp %rdx, %rcx\n jne 2f\n cmp %rbx, %r11\n jne 2f\n mov %rbx, %rax\n jmp 3f\n"
         "2: mov $-1, %rax\n 3: pushq $0x202\n popfq\n pop %rbx\n ret\n")
long flags_kept(std::uint64_t flags);

FUNCTION(kept_registers,
         "push %rbx\n push %rbp\n push %r12\n push %r13\n push %r14\n push %r15\n mov $1, %ebx\n mov $2, %ebp\n"
         "mov $4, %r12d\n mov $8, %r13d\n mov $16, %r14d\n mov $32, %r15d\n mov $64, %edi\n mov $128, %esi\n"
         "mov $256, %edx\n mov $512, %r8d\n mov $1024, %r9d\n mov $2048, %r10d\n mov $39, %eax\n syscall\n"
         "lea (%rbx,%rbp), %rax\n add %r12, %rax\n add %r13, %rax\n add %r14, %rax\n add %r15, %rax\n add %rdi, %rax\n"
         "add %rsi, %rax\n add %rdx, %rax\n add %r8, %rax\n add %r9, %rax\n add %r10, %rax\n"
         "pop %r15\n pop %r14\n pop %r13\n pop %r12\n pop %rbp\n pop %rbx\n ret\n")
long kept_registers();

FUNCTION(read_a_byte, "mov $0, %eax\n syscall\n ret\n") long read_a_byte(int fd, void* to, long bytes);

FUNCTION(spin_on_getpid, "1: mov $39, %eax\n syscall\n cmpl $0, (%rdi)\n je 1b\n ret\n .global spin_end\n spin_end:\n")
void spin_on_getpid(volatile int* stop);
extern "C" const char spin_end[];

FUNCTION(
    stepped,
    "pushfq\n orq $0x100, (%rsp)\n popfq\n mov $39, %eax\n syscall\n pushfq\n andq $~0x100, (%rsp)\n popfq\n ret\n")
long stepped();

FUNCTION(clone_thread, "mov $56, %eax\n syscall\n test %rax, %rax\n jz 1f\n ret\n 1: pop %rax\n jmp *%rax\n")
long clone_thread(long flags, void* stack);

namespace {

template <class Call>
void often(Call call) {
    for (int i = 0; i < kOften; ++i) call();
}

CASE(a_number_in_the_instruction_before) {
    bool same = true;
    often([&] { same = same && plain_getpid() == getpid(); });
    EXPECT(same);
}

CASE(a_jump_to_the_syscall_instruction_itself) {
    bool same = true;
    often([&] { same = same && jumped_at(0) == getpid(); });
    often([&] { same = same && jumped_at(SYS_getuid) == static_cast<long>(getuid()) && jumped_at(0) == getpid(); });
    EXPECT(same);
    SHOW(jumped_at(1000));
}

CASE(memory_below_the_stack_pointer_is_kept) {
    bool kept = true;
    often([&] { kept = kept && red_zone() == 0x12345678; });
    EXPECT(kept);
}

CASE(instructions_with_no_room_for_a_jump) {
    bool same = true;
    often([&] { same = same && short_instructions(SYS_getpgid, 0) == getpgrp(); });
    EXPECT(same);
    SHOW(short_instructions(SYS_close, 999));
}

CASE(a_number_set_long_before) {
    int ends[2];
    EXPECT(pipe(ends) == 0);
    char byte = 0;
    bool moved = true;
    often([&] { moved = moved && number_first(SYS_write, ends[1], "x", 1) == 1 && read(ends[0], &byte, 1) == 1; });
    EXPECT(moved);
    SHOW(number_first(SYS_write, ends[1], nullptr, 1));
}

CASE(flags_rcx_and_r11_are_as_the_instruction_leaves_them) {
    constexpr std::uint64_t kSeen = kCarry | kZero | kDirection | kAlignment;
    bool kept = true;
    often([&] {
        for (const std::uint64_t flags : {0ul, kCarry, kZero, kDirection, kCarry | kDirection})
            kept = kept && (static_cast<std::uint64_t>(flags_kept(flags | 0x202)) & kSeen) == flags;
    });
    EXPECT(kept);
}

CASE(all_other_registers_are_kept) {
    bool kept = true;
    often([&] { kept = kept && kept_registers() == 4095; });
    EXPECT(kept);
}

volatile sig_atomic_t alarms = 0;
volatile std::uint64_t seen_rip = 0;

void note(int, siginfo_t*, void* context) {
    alarms = alarms + 1;
    seen_rip = static_cast<std::uint64_t>(static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP]);
}

void handle(int signal, int flags) {
    struct sigaction action {};
    action.sa_sigaction = note;
    action.sa_flags = SA_SIGINFO | flags;
    sigaction(signal, &action, nullptr);
}

void alarm_after_10_ms(int again_ms) {
    const itimerval timer{{0, again_ms * 1000}, {0, 10'000}};
    setitimer(ITIMER_REAL, &timer, nullptr);
}

struct ReadPipe {
    ReadPipe() {
        EXPECT(pipe(ends) == 0);
        char byte = 0;
        often([&] { EXPECT(write(ends[1], "x", 1) == 1 && read_a_byte(ends[0], &byte, 1) == 1); });
    }
    int ends[2];
};

CASE(a_signal_ends_a_waiting_call) {
    ReadPipe waiting;
    handle(SIGALRM, 0);
    alarm_after_10_ms(0);
    char byte = 0;

    SHOW(read_a_byte(waiting.ends[0], &byte, 1));

    SHOW(static_cast<int>(alarms));
    SHOW(seen_rip - reinterpret_cast<std::uint64_t>(&read_a_byte));
}

int written_end = -1;

CASE(a_waiting_call_is_made_again_behind_a_handler) {
    ReadPipe waiting;
    written_end = waiting.ends[1];
    struct sigaction action {};
    action.sa_handler = [](int) {
        alarms = alarms + 1;
        if (alarms == 3) EXPECT(write(written_end, "y", 1) == 1);
    };
    action.sa_flags = SA_RESTART;
    alarms = 0;
    sigaction(SIGALRM, &action, nullptr);
    alarm_after_10_ms(10);
    char byte = 0;

    SHOW(read_a_byte(waiting.ends[0], &byte, 1));

    const itimerval off{};
    setitimer(ITIMER_REAL, &off, nullptr);
    SHOW(byte);
    SHOW(static_cast<int>(alarms));
}

volatile int stop = 0;
volatile int outside = 0;

// Whenever the signal comes, the interrupted instruction is one of the program's.
CASE(a_handler_sees_an_instruction_of_the_program) {
    struct sigaction action {};
    action.sa_sigaction = [](int, siginfo_t*, void* context) {
        const auto rip = static_cast<std::uint64_t>(static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP]);
        const auto first = reinterpret_cast<std::uint64_t>(&spin_on_getpid);
        if (rip < first || rip >= reinterpret_cast<std::uint64_t>(spin_end)) outside = outside + 1;
        alarms = alarms + 1;
        if (alarms == 40) stop = 1;
    };
    action.sa_flags = SA_SIGINFO;
    alarms = 0;
    sigaction(SIGALRM, &action, nullptr);
    alarm_after_10_ms(5);

    spin_on_getpid(&stop);

    const itimerval off{};
    setitimer(ITIMER_REAL, &off, nullptr);
    SHOW(static_cast<int>(outside));
}

volatile int steps = 0;

CASE(single_steps_pass_a_call) {
    struct sigaction action {};
    action.sa_sigaction = [](int, siginfo_t*, void*) { steps = steps + 1; };
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGTRAP, &action, nullptr);
    bool same = true;

    for (int i = 0; i < 30; ++i) same = same && stepped() == getpid();

    EXPECT(same);
    EXPECT(steps >= 30 * 4);
}

alignas(16) char stack_of_child[16 << 10];
volatile int child_ran = 0;

void child() {
    child_ran = 1;
    syscall(SYS_exit, 0);
}

CASE(a_new_thread_begins_behind_the_call) {
    constexpr long kThread = 0x100 | 0x200 | 0x400 | 0x800 | 0x10000 | 0x40000;
    for (int i = 0; i < kOften; ++i) {
        child_ran = 0;
        void** top = reinterpret_cast<void**>(stack_of_child + sizeof stack_of_child - 64);
        *top = reinterpret_cast<void*>(&child);
        if (clone_thread(kThread, top) <= 0) break;
        while (child_ran == 0) usleep(10);
        usleep(10);
    }
    SHOW(static_cast<int>(child_ran));
}

CASE(the_program_sees_its_own_calls_numbers) {
    // Not its own text: a site that is used often reads otherwise in a microVM (docs/syscalls.md).
    bool same = true;
    often([&] { same = same && syscall(SYS_gettid) == getpid(); });
    EXPECT(same);
}

}  // namespace
