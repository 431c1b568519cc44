// Rings the doorbell with random operations and a random mailbox, for ever. RBX is counted up with each ring; the
// seed is the first word of the event.
#include "guest.inc"

    .globl entry
entry:
    ring WAIT_EVENT
    mov $EVENT, %rax
    mov (%rax), %r12
    or $1, %r12
    xor %ebx, %ebx
again:
    mov $MAILBOX, %rdi
    mov $11, %ecx
1:  call random
    mov %r12, %rax
    // Half of the words small, so that they mean something.
    test $0x100000, %eax
    jz 2f
    and $0xffff, %eax
2:  mov %rax, (%rdi)
    add $8, %rdi
    loop 1b
    // What takes long is rare: one sleep in 4096 may be long, one log in 64 is of any length.
    call random
    mov $MAILBOX, %rdi
    test $0xfff00, %r12d
    jz 3f
    movq $1, MAILBOX_IDLE_UNTIL(%rdi)
3:  test $0x3f000000, %r12d
    jz 6f
    andl $0xff, MAILBOX_LOG_LENGTH(%rdi)
6:  call random
    inc %rbx
    mov $REPLY, %rdi
    mov %rbx, (%rdi)
    // Of sixteen: idle, flush, tick and input mostly, which come back; at times another.
    mov %r12d, %eax
    shr $8, %eax
    and $0x3ff, %eax
    jz 4f
    and $3, %eax
    movzbl operations(%rax), %eax
    jmp 5f
4:  mov %r12, %rax
    shr $24, %rax
    test $1, %al
    jz 5f
    and $0xf, %eax
5:  mov $DOORBELL_PORT, %edx
    out %eax, %dx
    jmp again
random:
    mov %r12, %rax
    shl $13, %rax
    xor %rax, %r12
    mov %r12, %rax
    shr $7, %rax
    xor %rax, %r12
    mov %r12, %rax
    shl $17, %rax
    xor %rax, %r12
    ret
    .section .data
operations:
    .byte IDLE, FLUSH_LOG, SET_TICK, READ_INPUT
