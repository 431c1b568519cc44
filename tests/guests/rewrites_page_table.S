// Answers each event with the word at an address, before and after it maps another page there. After a
// reset the first mapping must be back, in the processor too.
#include "guest.inc"

    .globl entry
entry:
    map_window
    set_gate 3, reload
1:  ring WAIT_EVENT
    mov $REPLY, %rdi
    mov (%rsi), %rax
    mov %rax, (%rdi)
    movq $(TABLE + 0x5067), TABLE_ENTRY(%rbx)
    enter_ring0
    mov (%rsi), %rax
    mov %rax, 8(%rdi)
    mov $MAILBOX, %rax
    movl $16, MAILBOX_REPLY_LENGTH(%rax)
    jmp 1b
reload:
    mov %cr3, %rax
    mov %rax, %cr3
    iretq
