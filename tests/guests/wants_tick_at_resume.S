// Waits for an event with the wish for a tick, computes until three have come, and answers.
#include "guest.inc"

    .globl entry
entry:
    mov $MAILBOX, %rbx
    mov $CONTROL, %rsi
1:  movq $1000000, MAILBOX_TICK_PERIOD(%rbx)
    ring WAIT_EVENT
    mov CONTROL_TICKS(%rsi), %rcx
    add $3, %rcx
2:  cmp %rcx, CONTROL_TICKS(%rsi)
    jb 2b
    jmp 1b
