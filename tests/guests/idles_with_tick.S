// Asks for a tick every 50 ms, waits for 200 ms of its own time and exits with the ticks it saw.
#include "guest.inc"

    .globl entry
entry:
    mov $MAILBOX, %rbx
    movq $50000000, MAILBOX_TICK_PERIOD(%rbx)
    ring SET_TICK
    mov $CONTROL, %rcx
    mov 96(%rcx), %rax
    add $200000000, %rax
    mov %rax, MAILBOX_IDLE_UNTIL(%rbx)
    ring IDLE
    mov CONTROL_TICKS(%rcx), %eax
    mov %eax, MAILBOX_EXIT_STATUS(%rbx)
    ring EXIT
