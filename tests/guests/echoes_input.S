// Copies its standard input to its log until the end.
#include "guest.inc"

    .globl entry
entry:
    mov $MAILBOX, %rbx
    movq $-1, MAILBOX_IDLE_UNTIL(%rbx)
    movl $1, MAILBOX_IDLE_FOR_INPUT(%rbx)
1:  ring READ_INPUT
    mov MAILBOX_INPUT_LENGTH(%rbx), %ecx
    test %ecx, %ecx
    jz 3f
    cmp $-1, %ecx
    je 2f
    mov $LOG, %rdi
    movl $1, (%rdi)
    mov %ecx, 4(%rdi)
    add $8, %rdi
    mov $EVENT, %rsi
    lea 15(%rcx), %eax
    and $-8, %eax
    mov %eax, MAILBOX_LOG_LENGTH(%rbx)
    rep movsb
    ring FLUSH_LOG
    jmp 1b
2:  ring IDLE
    jmp 1b
3:  ring EXIT
