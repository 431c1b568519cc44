// Writes to the control page.
#include "guest.inc"

    .globl entry
entry:
    mov $CONTROL, %rbx
    movq $0, (%rbx)
    ring EXIT
