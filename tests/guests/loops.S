// Loops for ever as a program would.
#include "guest.inc"

    .globl entry
entry:
    jmp entry
