// Makes hypercalls of both vendors from a program. They may fail or raise #UD or #GP, but must not spin.
#include "guest.inc"

    .globl entry
entry:
    set_gate 6, skip_after_ud
    set_gate 13, skip_after_gp
    mov $100, %eax
    vmcall
    mov $100, %eax
    vmmcall
    ring EXIT
skip_after_gp:
    add $8, %rsp
skip_after_ud:
    addq $3, (%rsp)
    iretq
