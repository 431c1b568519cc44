// Panics with a reason.
#include "guest.inc"

    .globl entry
entry:
    log_text reason, 12
    ring PANIC
    .section .data
reason:
    .ascii "out of ideas"
