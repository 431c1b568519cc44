// Runs the code that the event holds, and answers with RAX. The event: 8 bytes of flags, then 4,088 bytes of code that
// ends with a return. Flag 1: in ring 0, with interrupts off; else at CPL 3. What an exception does is said by flags 2
// (goes back to the instruction) and 4 (goes on two bytes behind it); without them it is a triple fault.
#include "guest.inc"

    .macro exception_gates from, to, handler
    .set vector, \from
    .rept \to - \from + 1
    set_gate vector, \handler
    .set vector, vector + 1
    .endr
    .endm

    .globl entry
entry:
    set_gate 3, run_in_ring0
next:
    ring WAIT_EVENT
    mov $EVENT, %rbx
    mov (%rbx), %r15
    test $6, %r15
    jz 1f
    lea go_back(%rip), %rax
    lea go_back_with_error(%rip), %rcx
    test $4, %r15
    jz 2f
    lea skip(%rip), %rax
    lea skip_with_error(%rip), %rcx
2:  mov %rax, without_error(%rip)
    mov %rcx, with_error(%rip)
    exception_gates 0, 2, exception
    exception_gates 4, 7, exception
    exception_gates 8, 8, exception_with_error
    exception_gates 9, 9, exception
    exception_gates 10, 14, exception_with_error
    exception_gates 15, 16, exception
    exception_gates 17, 17, exception_with_error
    exception_gates 18, 20, exception
    exception_gates 21, 21, exception_with_error
1:  lea 8(%rbx), %rsi
    lea code(%rip), %rdi
    mov $4088 / 8, %ecx
    rep movsq
    test $1, %r15
    jnz 3f
    call code
    jmp answer
3:  enter_ring0
answer:
    mov $REPLY, %rdi
    mov %rax, (%rdi)
    mov $MAILBOX, %rdi
    movl $0, MAILBOX_REPLY_STATUS(%rdi)
    movl $8, MAILBOX_REPLY_LENGTH(%rdi)
    jmp next

run_in_ring0:
    call code
    iretq
exception:
    jmp *without_error(%rip)
exception_with_error:
    jmp *with_error(%rip)
go_back_with_error:
    add $8, %rsp
go_back:
    iretq
skip_with_error:
    add $8, %rsp
skip:
    addq $2, (%rsp)
    iretq

    .section .data
    .balign 8
without_error:
    .quad 0
with_error:
    .quad 0
    .balign 4096
    .globl code
code:
    .skip 4096
