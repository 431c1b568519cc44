// Claims a reply longer than the exchange area.
#include "guest.inc"

    .globl entry
entry:
    mov $MAILBOX, %rbx
    movl $0xffffffff, MAILBOX_REPLY_LENGTH(%rbx)
    ring WAIT_EVENT
