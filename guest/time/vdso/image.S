// The vDSO inside the kernel's image (kernel.ld: .vdso). exec/vdso.cpp maps it into programs.
    .section .vdso, "a"
    .balign 4096
    .global vdso_image_begin, vdso_image_end
vdso_image_begin:
    .incbin MAYFLY_VDSO
    .balign 4096
vdso_image_end:
    .section .note.GNU-stack, "", @progbits
