// Replies with DR0 and leaves an address there, for the next event to find.
#include "guest.inc"

    .globl entry
entry:
    set_gate 3, exchange_dr0
1:  ring WAIT_EVENT
    enter_ring0
    mov $REPLY, %rdi
    mov %rbx, (%rdi)
    mov $MAILBOX, %rax
    movl $8, MAILBOX_REPLY_LENGTH(%rax)
    jmp 1b
exchange_dr0:
    mov %dr0, %rbx
    mov $0x5ec2e7, %eax
    mov %rax, %dr0
    iretq
