// Has no memory left.
#include "guest.inc"

    .globl entry
entry:
    ring OUT_OF_MEMORY
