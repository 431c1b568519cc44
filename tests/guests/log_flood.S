// Fills its log a hundred times.
#include "guest.inc"

    .globl entry
entry:
    mov $100, %r8d
1:  log_text text, 4096
    ring FLUSH_LOG
    dec %r8d
    jnz 1b
    ring WAIT_EVENT
    .section .data
text:
    .fill 4096, 1, 'x'
