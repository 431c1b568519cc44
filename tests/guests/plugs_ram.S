// An event is two words: how many times to ask for more RAM, and where to write then. Answers with how much there is.
#include "guest.inc"

    .globl entry
entry:
1:  ring WAIT_EVENT
    mov $EVENT, %rsi
    mov (%rsi), %rcx
2:  test %rcx, %rcx
    jz 3f
    ring PLUG_RAM
    dec %rcx
    jmp 2b
3:  mov $DIRECT_MAP, %rbx
    add 8(%rsi), %rbx
    movq $1, (%rbx)
    mov $CONTROL, %rbx
    mov CONTROL_PLUGGED_RAM_BYTES(%rbx), %rax
    mov $REPLY, %rdi
    mov %rax, (%rdi)
    mov $MAILBOX, %rbx
    movl $8, MAILBOX_REPLY_LENGTH(%rbx)
    jmp 1b
