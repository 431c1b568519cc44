// Claims a log longer than its buffer, with one record longer still.
#include "guest.inc"

    .globl entry
entry:
    mov $LOG, %rbx
    movl $1, (%rbx)
    movl $0xfffffff8, 4(%rbx)
    mov $MAILBOX, %rbx
    movl $0xffffffff, MAILBOX_LOG_LENGTH(%rbx)
    ring WAIT_EVENT
