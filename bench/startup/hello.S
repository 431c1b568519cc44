// The smallest program: write "hello\n" and exit. Its cold boot is the boot of the guest kernel alone.
    .text
    .global _start
_start:
    mov $1, %eax            // write(1, text, 6)
    mov $1, %edi
    lea text(%rip), %rsi
    mov $6, %edx
    syscall
    mov $231, %eax          // exit_group(0)
    xor %edi, %edi
    syscall

    .section .rodata
text:
    .ascii "hello\n"
    .section .note.GNU-stack, "", @progbits
