// Asks for a tick every nanosecond and computes.
#include "guest.inc"

    .globl entry
entry:
    mov $MAILBOX, %rbx
    movq $1, MAILBOX_TICK_PERIOD(%rbx)
    ring SET_TICK
1:  jmp 1b
