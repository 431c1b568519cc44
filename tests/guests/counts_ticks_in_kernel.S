// Sees ticks in the control page while its kernel runs; an interrupt would find no handler.
#include "guest.inc"

    .globl entry
entry:
    mov $MAILBOX, %rbx
    movq $1000000, MAILBOX_TICK_PERIOD(%rbx)
    ring SET_TICK
    mov $CONTROL, %rbx
1:  cmpq $5, CONTROL_TICKS(%rbx)
    jb 1b
    ring EXIT
