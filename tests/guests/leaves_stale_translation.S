// Answers each event with the word at an address. Then maps another page there, uses it, and puts the entry
// back without a flush: the table is as it was, but the processor may still know the other page.
#include "guest.inc"

    .globl entry
    .set WINDOW_ADDRESS, 0x40000000
    .set TABLE, 0x1800000
entry:
    // Four levels at TABLE: page-directory pointers, directory, table; the page is 0x4000 behind, later 0x5000.
    mov $DIRECT_MAP + 0x1000, %rax
    mov $DIRECT_MAP + TABLE, %rbx
    movq $(TABLE + 0x67), (%rax)
    movq $(TABLE + 0x1067), 8(%rbx)
    movq $(TABLE + 0x2067), 0x1000(%rbx)
    movq $(TABLE + 0x4067), 0x2000(%rbx)
    movq $111, 0x4000(%rbx)
    movq $222, 0x5000(%rbx)
    mov $WINDOW_ADDRESS, %rsi
    mov (%rsi), %rax
    set_gate 3, reload
1:  ring WAIT_EVENT
    mov $REPLY, %rdi
    mov (%rsi), %rax
    mov %rax, (%rdi)
    movq $(TABLE + 0x5067), 0x2000(%rbx)
    enter_ring0
    mov (%rsi), %rax
    mov %rax, 8(%rdi)
    movq $(TABLE + 0x4067), 0x2000(%rbx)
    mov $MAILBOX, %rax
    movl $16, MAILBOX_REPLY_LENGTH(%rax)
    jmp 1b
reload:
    mov %cr3, %rax
    mov %rax, %cr3
    iretq
