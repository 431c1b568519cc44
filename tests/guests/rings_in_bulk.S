// Rings the doorbell with a string instruction, many times at once.
#include "guest.inc"

    .globl entry
entry:
    mov $MAILBOX, %rsi
    mov $1000, %ecx
    mov $DOORBELL_PORT, %edx
    rep outsl
