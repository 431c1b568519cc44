// Reads a guest-physical address where nothing is.
#include "guest.inc"

    .globl entry
entry:
    mov $CONTROL - 0x1000, %rbx
    mov (%rbx), %rax
    ring EXIT
