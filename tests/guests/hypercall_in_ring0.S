// Makes a hypercall in ring 0, where KVM would serve it.
#include "guest.inc"

    .globl entry
entry:
    set_gate 3, call_out
    enter_ring0
call_out:
    mov $100, %eax
    vmmcall
    mov $100, %eax
    vmcall
    hlt
