// Maps the guest-physical page that the event's first word names and does to it what the second says:
// 0 reads (and replies with what it found), 1 writes, 2 adds under a bus lock, 3 fills, 4 writes in ring 0.
#include "guest.inc"

    .globl entry
entry:
    set_gate 3, in_ring0
    map_window
    mov $EVENT, %rdi
    mov (%rdi), %rax
    or $0x67, %rax
    mov %rax, TABLE_ENTRY + 8(%rbx)
    add $0x1000, %rsi
    mov 8(%rdi), %rcx
    cmp $1, %rcx
    je writes
    cmp $2, %rcx
    je adds
    cmp $3, %rcx
    je fills
    cmp $4, %rcx
    je enters_ring0
    mov (%rsi), %rax
    mov $REPLY, %rdi
    mov %rax, (%rdi)
    ring WAIT_EVENT

writes:
    movq $0x41, (%rsi)
    ring EXIT
adds:
    mov $1, %eax
    lock xadd %rax, (%rsi)
    ring EXIT
fills:
    mov %rsi, %rdi
    mov $0x41, %eax
    mov $4096, %ecx
    rep stosb
    ring EXIT
enters_ring0:
    enter_ring0
    ring EXIT
in_ring0:
    movq $0x41, (%rsi)
    iretq
