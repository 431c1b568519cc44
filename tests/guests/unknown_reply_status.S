// Replies with a status that does not exist.
#include "guest.inc"

    .globl entry
entry:
    mov $MAILBOX, %rbx
    movl $77, MAILBOX_REPLY_STATUS(%rbx)
    ring WAIT_EVENT
