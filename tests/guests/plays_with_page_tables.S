// Writes random entries into live page tables, follows them, flushes now and then, and goes on after every fault.
#include "guest.inc"

    .globl entry
entry:
    set_gate 3, flush
    set_gate 13, fault_with_error
    set_gate 14, fault_with_error
    set_gate 12, fault_with_error
    map_window
    ring WAIT_EVENT
    rdtsc
    mov %rax, %r12
    or $1, %r12
again:
    mov stack_of_entry(%rip), %rsp
    // xorshift64
    mov %r12, %rax
    shl $13, %rax
    xor %rax, %r12
    mov %r12, %rax
    shr $7, %rax
    xor %rax, %r12
    mov %r12, %rax
    shl $17, %rax
    xor %rax, %r12
    // An entry of one of the four tables of the window: sound flags mostly, an address within 32 MiB, at times anything.
    mov %r12, %rcx
    and $0x3ff8, %rcx
    mov %r12, %rax
    test $0x700000, %eax
    jz 1f
    mov $0x1ffffff, %edx
    and %rdx, %rax
    or $0x67, %rax
1:  mov %rax, (%rbx, %rcx)
    // Follow the window, at a random place of it.
    mov %r12, %rdx
    shr $20, %rdx
    and $0x3fffffff, %edx
    mov (%rsi, %rdx), %rax
    mov %rax, (%rsi, %rdx)
    test $0x1f, %r12b
    jnz again
    enter_ring0
    jmp again
flush:
    mov %cr3, %rax
    mov %rax, %cr3
    iretq
fault_with_error:
    add $8, %rsp
    lea again(%rip), %rax
    mov %rax, (%rsp)
    iretq
    .section .data
    .balign 8
stack_of_entry:
    .quad stack_top
