// Sleeps and wants no more.
#include "guest.inc"

    .globl entry
entry:
    mov $MAILBOX, %rbx
    movq $-1, MAILBOX_IDLE_UNTIL(%rbx)
1:  ring IDLE
    jmp 1b
