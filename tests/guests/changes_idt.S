// Loads another IDT in ring 0, comes back and waits as if nothing had been.
#include "guest.inc"

    .globl entry
entry:
    set_gate 3, change
    enter_ring0
    ring WAIT_EVENT
change:
    lidt descriptor(%rip)
    iretq
    .section .data
descriptor:
    .word 4095
    .quad gdt
