// The kernel header (abi/kernel_header.h), and the tables the CPU reads: GDT, TSS. The IDT is filled
// by arch/idt.cpp, because a gate splits an address in three.
#define KERNEL_MAGIC 0x314c454e52454b4d
#define ABI_VERSION 3
#define DOORBELL_PORT 0x4d46

    .section .header, "a"
    .quad KERNEL_MAGIC
    .long ABI_VERSION
    .long 0
    .quad kernel_entry
    .quad boot_stack_top
    .quad syscall_entry
    .quad gdt
    .quad idt
    .quad tss
    .quad kernel_image_end

    .data
    .balign 64
    .global gdt
gdt:
    .quad 0
    .quad 0
    .quad 0x00af9b000000ffff    // 0x10 ring-0 code
    .quad 0x00cf93000000ffff    // 0x18 ring-0 data
    .quad 0x00cffb000000ffff    // 0x20 32-bit user code: SYSRET wants its place
    .quad 0x00cff3000000ffff    // 0x28 user data
    .quad 0x00affb000000ffff    // 0x30 user code
    .quad 0
    .quad 0                     // 0x40 TSS, filled by arch/idt.cpp
    .quad 0

    // TSS (SDM 3A, 8.7): RSP0 at 4, I/O map base at 102. A zero bit in the map allows a port.
    .balign 4096
    .global tss
tss:
    .long 0
    .quad exception_frame_end
    .fill 90, 1, 0
    .word 0x68
tss_io_map:
    .fill DOORBELL_PORT / 8, 1, 0xff
    .byte 0xff & ~(0xf << (DOORBELL_PORT % 8)) & 0xff, 0xff & ~(0xf >> (8 - DOORBELL_PORT % 8))
    .fill 8192 - DOORBELL_PORT / 8 - 2, 1, 0xff
    .byte 0xff

    .bss
    .balign 4096
    .global idt
idt:
    .skip 4096

    // TSS.RSP0: where the CPU pushes the frame of every exception and tick. One frame only: it is
    // copied to the thread's kernel stack before anything else can fault, and the VMM injects ticks
    // only into user code.
    .balign 64
    .skip 512
    .global exception_frame_end
exception_frame_end:

    .balign 64
    .skip 16384
    .global boot_stack_top
boot_stack_top:
    .section .note.GNU-stack, "", @progbits
