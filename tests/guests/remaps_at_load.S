// Answers each event with the word at an address. At a load it maps another page there first.
#include "guest.inc"
    .set CONTROL_EVENT_KIND, 128
    .set EVENT_LOAD, 2

    .globl entry
entry:
    map_window
    set_gate 3, reload
1:  ring WAIT_EVENT
    mov $CONTROL, %rax
    cmpl $EVENT_LOAD, CONTROL_EVENT_KIND(%rax)
    jne 2f
    movq $(TABLE + 0x5067), TABLE_ENTRY(%rbx)
    enter_ring0
2:  mov $REPLY, %rdi
    mov (%rsi), %rax
    mov %rax, (%rdi)
    mov $MAILBOX, %rax
    movl $8, MAILBOX_REPLY_LENGTH(%rax)
    jmp 1b
reload:
    mov %cr3, %rax
    mov %rax, %cr3
    iretq
