// The guest of `bench floor`, at CPL 3: touches pages and takes the time of each, then rings the
// doorbell; after an exit it starts over with the registers as they are.
//
//   rdi  first page to write     rsi  how many
//   r8   where the times go: one 64-bit count of TSC ticks a page

    .section .rodata
    .balign 4096
    .global mayfly_floor_guest
mayfly_floor_guest:
    test %rsi, %rsi
    jz 2f
1:  lfence
    rdtsc
    mov %eax, %ebx
    movb $1, (%rdi)
    lfence
    rdtsc
    sub %ebx, %eax          // a fault takes less than 2^32 ticks
    mov %rax, (%r8)
    add $8, %r8
    add $4096, %rdi
    dec %rsi
    jnz 1b
2:  mov $1, %eax
    mov $0x4d46, %edx       // abi::kDoorbellPort
    out %eax, %dx
    jmp 2b
    .global mayfly_floor_guest_end
mayfly_floor_guest_end:
    .section .note.GNU-stack, "", @progbits
