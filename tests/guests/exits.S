// Exits with status 42, as wait(2) has it.
#include "guest.inc"

    .globl entry
entry:
    mov $MAILBOX, %rbx
    movl $42 << 8, MAILBOX_EXIT_STATUS(%rbx)
    ring EXIT
