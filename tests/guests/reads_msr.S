// Reads a model-specific register in ring 0.
#include "guest.inc"

    .globl entry
entry:
    set_gate 3, read_msr
    enter_ring0
read_msr:
    mov $0xc0000082, %ecx
    rdmsr
    mov $MAILBOX, %rbx
    movl $0, MAILBOX_EXIT_STATUS(%rbx)
    ring EXIT
