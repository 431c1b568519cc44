// Halts in ring 0 with interrupts off.
#include "guest.inc"

    .globl entry
entry:
    set_gate 3, halt
    enter_ring0
halt:
    hlt
    jmp halt
