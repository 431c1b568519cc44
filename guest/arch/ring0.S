// All that runs in ring 0. Every instruction here costs about a microsecond where KVM emulates ring 0
// (docs/architecture.md), so a stub only leaves for the CPL-3 kernel: it points RSP at a constant IRET
// frame for its vector. What the CPU pushed stays at exception_frame_end, at fixed addresses.

#define USER_CS 0x33
#define USER_SS 0x2b
#define KERNEL_RFLAGS 0x3202    // IF, IOPL 3

    .section .text.ring0, "ax"

    .macro LEAVE vector
    mov $ring3_frame_\vector, %rsp
    iretq
    .endm

    .macro STUB vector
    .balign 16
ring0_stub_\vector:
    LEAVE \vector
    .endm

    // A page fault also brings CR2, in RAX; RAX itself goes to memory.
    .balign 16
ring0_stub_14:
    mov %rax, exception_rax
    mov %cr2, %rax
    LEAVE 14

    // INT3 in the kernel asks for a flush of the address in RDI, or of everything if RDI is -1.
    // Clobbers RAX. From user code it is a breakpoint.
    .balign 16
ring0_stub_3:
    cmpl $0, 4(%rsp)            // the upper half of RIP: negative in the kernel
    jns 1f
    cmp $-1, %rdi
    je 2f
    invlpg (%rdi)
    iretq
2:  mov %cr3, %rax
    mov %rax, %cr3
    iretq
1:  LEAVE 3

    .irp vector, 0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 17, 18, 19, 20, 21, 64
    STUB \vector
    .endr

    .section .rodata
    .balign 16
    .macro FRAME vector
ring3_frame_\vector:
    .quad exception_entry_\vector, USER_CS, KERNEL_RFLAGS, exception_frame_end - 256, USER_SS
    .endm
    .irp vector, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 64
    FRAME \vector
    .endr

    // For arch/idt.cpp: the stub of each vector in use, by number; 0 ends the list.
    .global ring0_stubs
ring0_stubs:
    .irp vector, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 64
    .quad \vector, ring0_stub_\vector
    .endr
    .quad 0, 0
    .section .note.GNU-stack, "", @progbits
