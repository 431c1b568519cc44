// The ways into the CPL-3 kernel, and out of it. TrapFrame (trap_frame.h) is what is pushed here.
// One vCPU, so per-CPU variables are plain absolute addresses; no swapgs.

#define USER_CS 0x33
#define USER_SS 0x2b
#define KERNEL_RFLAGS 0x3202
#define RFLAGS_TF 0x100
#define SYSCALL_CLEARS 0x44500  // abi::kSyscallMask
#define SYSCALL_VECTOR 256

// What the CPU pushed for an exception, at fixed addresses below TSS.RSP0.
#define FRAME_SS exception_frame_end - 8
#define FRAME_RSP exception_frame_end - 16
#define FRAME_RFLAGS exception_frame_end - 24
#define FRAME_CS exception_frame_end - 32
#define FRAME_RIP exception_frame_end - 40
#define FRAME_ERROR exception_frame_end - 48

    .text
    .global kernel_entry
kernel_entry:
    xor %ebp, %ebp
    call kernel_main
    ud2

    .macro PUSH_REGISTERS
    push %rdi
    push %rsi
    push %rdx
    push %rcx
    push %rax
    push %r8
    push %r9
    push %r10
    push %r11
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    .endm

    .macro POP_REGISTERS
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    pop %r11
    pop %r10
    pop %r9
    pop %r8
    pop %rax
    pop %rcx
    pop %rdx
    pop %rsi
    pop %rdi
    .endm

// SYSCALL: RCX = user RIP, R11 = user RFLAGS. Where KVM emulates ring 0 it arrives at CPL 3, on
// hardware at CPL 0 with interrupts masked; then SYSRET brings us to CPL 3 first.
    .balign 64
    .global syscall_entry
syscall_entry:
    mov %rsp, syscall_user_rsp
    mov kernel_stack_top, %rsp
    push $USER_SS
    push syscall_user_rsp
    push %r11
    push $USER_CS
    push %rcx
    push %rax                   // TrapFrame::error keeps the number for a restart
    push $SYSCALL_VECTOR
    PUSH_REGISTERS
    mov %cs, %ecx
    test $3, %cl
    jz syscall_from_ring0
syscall_at_ring3:
    mov %rsp, %rdi
    xor %ebp, %ebp
    call handle_syscall_trap
    .global return_to_user
return_to_user:                 // RSP = the thread's TrapFrame
    mov 17 * 8(%rsp), %rcx      // rip
    mov 19 * 8(%rsp), %rax      // rflags
    cmp 11 * 8(%rsp), %rcx      // both as SYSCALL left them in rcx and r11: no IRET needed
    jne 1f
    cmp 6 * 8(%rsp), %rax
    jne 1f
    cmpl $SYSCALL_VECTOR, 15 * 8(%rsp)
    jne 1f
    test $RFLAGS_TF, %eax       // must not step through the instructions that follow
    jnz 1f
    push %rax
    popf
    POP_REGISTERS
    mov 5 * 8(%rsp), %rsp
    jmp *%rcx
1:  POP_REGISTERS
    add $16, %rsp
    iretq
// As SYSCALL, by a jump from a slot of "[syscalls]" (syscall/detours.h): RCX = user RIP.
    .balign 64
syscall_call:
    mov %rsp, syscall_user_rsp
    mov kernel_stack_top, %rsp
    push $USER_SS
    push syscall_user_rsp
    pushfq
    mov (%rsp), %r11
    push $USER_CS
    push %rcx
    push %rax
    push $SYSCALL_VECTOR
    PUSH_REGISTERS
    test $SYSCALL_CLEARS, %r11d
    jnz 2f
1:  mov %rsp, %rdi
    xor %ebp, %ebp
    call handle_syscall
    jmp return_to_user
2:  push $KERNEL_RFLAGS
    popfq
    jmp 1b
syscall_from_ring0:
    lea syscall_at_ring3(%rip), %rcx
    mov $KERNEL_RFLAGS, %r11d
    sysretq

// Exceptions and ticks, from the ring-0 stubs. RSP is scratch.
    .macro ENTRY_WITHOUT_ERROR vector
exception_entry_\vector:
    mov %rax, exception_rax
    movq $0, FRAME_ERROR
    movq $\vector, exception_vector
    jmp exception_common
    .endm
    .macro ENTRY_WITH_ERROR vector
exception_entry_\vector:
    mov %rax, exception_rax
    movq $\vector, exception_vector
    jmp exception_common
    .endm
    .irp vector, 0, 1, 2, 3, 4, 5, 6, 7, 9, 15, 16, 18, 19, 20, 64
    .global exception_entry_\vector
    ENTRY_WITHOUT_ERROR \vector
    .endr
    .irp vector, 8, 10, 11, 12, 13, 17, 21
    .global exception_entry_\vector
    ENTRY_WITH_ERROR \vector
    .endr

    .balign 64
    .global exception_entry_14
exception_entry_14:             // RAX = CR2, the stub saved RAX
    mov %rax, exception_cr2
    movq $14, exception_vector
exception_common:
    mov FRAME_RSP, %rax
    cmpl $0, FRAME_RIP + 4      // negative: the kernel itself, which goes on on its own stack
    js 1f
    mov kernel_stack_top, %rax
1:  mov %rax, %rsp
    and $-16, %rsp
    push FRAME_SS
    push FRAME_RSP
    push FRAME_RFLAGS
    push FRAME_CS
    push FRAME_RIP
    push FRAME_ERROR
    push exception_vector
    mov exception_rax, %rax
    PUSH_REGISTERS
    cld
    mov %rsp, %rdi
    mov exception_cr2, %rsi
    xor %ebp, %ebp
    call handle_exception
    POP_REGISTERS
    add $16, %rsp
    iretq

// void switch_stacks(u64* save_rsp, u64 load_rsp): from one thread's kernel stack to another's.
    .balign 16
    .global switch_stacks
switch_stacks:
    push %rbp
    push %rbx
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, (%rdi)
    mov %rsi, %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbx
    pop %rbp
    ret

// u64 ring_doorbell(u32 operation): RAX and memory may change. Callee-saved registers are on the stack
// and FPU state is saved by the caller, so a restored vCPU needs RIP and RSP only.
    .balign 16
    .global ring_doorbell
ring_doorbell:
    push %rbp
    push %rbx
    push %r12
    push %r13
    push %r14
    push %r15
    mov %edi, %eax
    mov $0x4d46, %edx
    out %eax, %dx
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbx
    pop %rbp
    ret

// bool user_copy(void* to, const void* from, usize bytes) -> RAX = bytes not copied. A fault between
// user_copy_begin and user_copy_end goes on at user_copy_fault with RCX = bytes left.
    .balign 16
    .global user_copy, user_copy_begin, user_copy_end, user_copy_fault
user_copy:
    mov %rdx, %rcx
user_copy_begin:
    rep movsb
user_copy_end:
user_copy_fault:
    mov %rcx, %rax
    ret

    .global user_fill, user_fill_begin, user_fill_end
user_fill:                      // usize user_fill(void* to, int byte, usize bytes)
    mov %rdx, %rcx
    mov %esi, %eax
user_fill_begin:
    rep stosb
user_fill_end:
    mov %rcx, %rax
    ret

// i64 user_load_u32(const u32*): the value, or -1 after a fault.
    .global user_load_u32, user_word_begin, user_word_end, user_word_fault
    .balign 16
user_load_u32:
user_word_begin:
    mov (%rdi), %eax
    ret
    .global user_exchange_u32   // i64 user_exchange_u32(u32*, u32 value)
user_exchange_u32:
    mov %esi, %eax
    xchg %eax, (%rdi)
    ret
    .global user_compare_exchange_u32   // i64 (u32*, u32 expected, u32 desired)
user_compare_exchange_u32:
    mov %esi, %eax
    lock cmpxchg %edx, (%rdi)
    ret
user_word_end:
user_word_fault:
    mov $-1, %rax
    ret

// i64 user_find_nul(const char*, usize max): bytes before the NUL, max if there is none, -1 after a fault.
    .balign 16
    .global user_find_nul, user_scan_begin, user_scan_end
user_find_nul:
    xor %eax, %eax
    test %rsi, %rsi
    jz 2f
user_scan_begin:
1:  cmpb $0, (%rdi,%rax)
    je 2f
    inc %rax
    cmp %rsi, %rax
    jb 1b
user_scan_end:
2:  ret

// A new thread's first switch_stacks returns here: RSP = its TrapFrame.
    .global thread_entry
thread_entry:
    mov %rsp, %rdi
    call leave_new_thread
    jmp return_to_user

    .section .rodata
    .balign 8
    .global syscall_call_address
syscall_call_address: .quad syscall_call

    .bss
    .balign 64
    .global kernel_stack_top
kernel_stack_top:    .skip 8
syscall_user_rsp:    .skip 8
    .global exception_rax
exception_rax:       .skip 8
exception_vector:    .skip 8
exception_cr2:       .skip 8
    .section .note.GNU-stack, "", @progbits
