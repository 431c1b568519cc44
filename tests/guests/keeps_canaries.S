// At each event looks for a canary in every register, in all RAM and in the exchange area, replies with how many it
// found of each, and leaves them wherever a guest can write. The canary is put together when it is needed: what
// memory holds of it was kept from an event before.
#include "guest.inc"

    .set CANARY, 0x5ec2e75ec2e0  // canonical, so that a segment's base may have it
    .set SCRAMBLER, 0x5a5a5a5a5a5a
    .set RAM_BYTES, 32 << 20
    .set FREE_RAM, 4 << 20  // behind the page tables and this image
    .set EXCHANGE_BYTES, 14 << 20
    .set EVENT_BYTES, 6 << 20
    .set PAGE_BYTES, 4096
// In `dump`, behind the general, vector and MMX registers and three bases: the debug registers.
    .set PRIVILEGED, 8 * 13 + 32 * 16 + 8 * 8 + 8 * 3

    .macro make_canary register, scratch
    mov $(CANARY ^ SCRAMBLER), \register
    mov $SCRAMBLER, \scratch
    xor \scratch, \register
    xor \scratch, \scratch
    .endm

// Counts in R9 the words from RDI to `end` (a register) that are the canary, which RAX holds.
    .macro count_to end
    xor %r9d, %r9d
1:  mov \end, %rcx
    sub %rdi, %rcx
    shr $3, %rcx
    jz 2f
    repne scasq
    jne 2f
    inc %r9
    jmp 1b
2:
    .endm

    .macro fill_to end
    mov \end, %rcx
    sub %rdi, %rcx
    shr $3, %rcx
    rep stosq
    .endm

    .globl entry
entry:
    set_gate 3, privileged_registers
    xor %r10d, %r10d
next:
    ring WAIT_EVENT
    call dump_registers

    make_canary %rax, %rdx
    mov $DIRECT_MAP, %rdi
    lea dump(%rip), %r8
    mov $(DIRECT_MAP + 0x100000 - 0xffffffff80000000), %rcx  // the same in the direct map
    add %rcx, %r8
    count_to %r8
    mov %r9, %rbx
    mov %r8, %rdi
    add $(dump_end - dump), %r8
    count_to %r8
    mov %r9, %rbp
    mov %r8, %rdi
    mov $DIRECT_MAP + RAM_BYTES, %r8
    count_to %r8
    add %r9, %rbx
    mov $MAILBOX, %rdi
    mov $MAILBOX + EXCHANGE_BYTES, %r8
    count_to %r8

    mov $REPLY, %rdi
    mov %rbx, (%rdi)
    mov %rbp, 8(%rdi)
    mov %r9, 16(%rdi)
    call leave_canaries
    jmp next

dump_registers:
    .set at, 0
    .irp register, rbx, rbp, rsi, rdi, rcx, r8, r9, r10, r11, r12, r13, r14, r15
    mov %\register, dump + at(%rip)
    .set at, at + 8
    .endr
    .irp number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    vmovdqu %ymm\number, dump + at(%rip)
    .set at, at + 32
    .endr
    .irp number, 0, 1, 2, 3, 4, 5, 6, 7
    movq %mm\number, dump + at(%rip)
    .set at, at + 8
    .endr
    emms
    rdfsbase %rax
    mov %rax, dump + at(%rip)
    rdgsbase %rax
    mov %rax, dump + at + 8(%rip)
    xor %r10d, %r10d
    enter_ring0
    rdgsbase %rax  // what was the other one
    mov %rax, dump + at + 16(%rip)
    ret

leave_canaries:
    make_canary %rax, %rdx
    mov $DIRECT_MAP + FREE_RAM, %rdi
    mov $DIRECT_MAP + RAM_BYTES, %r8
    fill_to %r8
    mov $MAILBOX + PAGE_BYTES / 2, %rdi
    mov $EVENT + EVENT_BYTES, %r8
    fill_to %r8
    mov $REPLY + PAGE_BYTES, %rdi
    mov $MAILBOX + EXCHANGE_BYTES, %r8
    fill_to %r8
    mov $MAILBOX, %rdi
    movl $24, MAILBOX_REPLY_LENGTH(%rdi)

    wrgsbase %rax
    mov $1, %r10d
    enter_ring0
    wrgsbase %rax
    wrfsbase %rax
    .irp number, 0, 1, 2, 3, 4, 5, 6, 7
    movq %rax, %mm\number
    .endr
    movq %rax, %xmm0
    vpbroadcastq %xmm0, %ymm0
    .irp number, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    vmovdqa %ymm0, %ymm\number
    .endr
    .irp register, rbx, rbp, rsi, rdi, rcx, r8, r9, r10, r11, r12, r13, r14, r15
    mov %rax, %\register
    .endr
    ret

// Looks at the debug registers, or with R10 makes them RAX; then exchanges the bases of GS.
privileged_registers:
    test %r10, %r10
    jnz 1f
    .set at, PRIVILEGED
    .irp number, 0, 1, 2, 3
    mov %dr\number, %rax
    mov %rax, dump + at(%rip)
    .set at, at + 8
    .endr
    jmp 2f
1:  .irp number, 0, 1, 2, 3
    mov %rax, %dr\number
    .endr
2:  swapgs
    iretq

    .section .data
    .balign 4096
dump:
    .skip PRIVILEGED + 8 * 4
dump_end:
