// At each event puts an entry, which it finds 0x3000 behind the tables, into a page table; answers with the word
// it leads to, and takes it out again. It never enters ring 0, so it flushes nothing.
#include "guest.inc"

    .globl entry
entry:
    map_window
1:  ring WAIT_EVENT
    mov $REPLY, %rdi
    mov 0x3000(%rbx), %rax
    mov %rax, TABLE_ENTRY + 8(%rbx)
    mov 0x1000(%rsi), %rax
    mov %rax, (%rdi)
    movq $0, TABLE_ENTRY + 8(%rbx)
    mov $MAILBOX, %rax
    movl $8, MAILBOX_REPLY_LENGTH(%rax)
    jmp 1b
