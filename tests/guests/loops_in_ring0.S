// Loops for ever in ring 0 with interrupts off.
#include "guest.inc"

    .globl entry
entry:
    set_gate 3, forever
    enter_ring0
forever:
    jmp forever
