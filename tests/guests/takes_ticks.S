// Takes five ticks as interrupts while a program runs.
#include "guest.inc"

    .globl entry
entry:
    set_gate 0x40, on_tick
    mov $MAILBOX, %rbx
    movq $1000000, MAILBOX_TICK_PERIOD(%rbx)
    ring SET_TICK
    enter_lower_half
    lea seen(%rip), %rbx
1:  cmpl $5, (%rbx)
    jb 1b
    ring EXIT
on_tick:
    incl seen(%rip)
    iretq
    .section .data
seen:
    .long 0
