// Rings the doorbell with an operation that does not exist.
#include "guest.inc"

    .globl entry
entry:
    ring 99
