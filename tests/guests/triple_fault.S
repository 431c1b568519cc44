// Raises an exception although its IDT is empty.
#include "guest.inc"

    .globl entry
entry:
    ud2
