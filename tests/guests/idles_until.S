// Sleeps for 30 ms of its own time and exits.
#include "guest.inc"

    .globl entry
entry:
    mov $CONTROL, %rbx
    mov 96(%rbx), %rax
    add $30000000, %rax
    mov $MAILBOX, %rbx
    mov %rax, MAILBOX_IDLE_UNTIL(%rbx)
    ring IDLE
    ring EXIT
