// Reads from the doorbell.
#include "guest.inc"

    .globl entry
entry:
    mov $DOORBELL_PORT, %edx
    in %dx, %eax
