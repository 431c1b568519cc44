// Changes CR0 in ring 0, comes back and waits as if nothing had been.
#include "guest.inc"

    .globl entry
entry:
    set_gate 3, change
    enter_ring0
    ring WAIT_EVENT
change:
    mov %cr0, %rax
    btc $18, %rax
    mov %rax, %cr0
    iretq
