// Writes to a port that is not the doorbell.
#include "guest.inc"

    .globl entry
entry:
    mov $0x80, %edx
    out %eax, %dx
