// The memory system calls.
#pragma once

#include <asm/unistd_64.h>

#include "guest/syscall/table.h"

namespace mayfly::guest {

SysResult sys_mmap(Thread& self, u64 address, u64 bytes, int prot, int flags, int fd, u64 offset);
SysResult sys_munmap(Thread& self, u64 address, u64 bytes);
SysResult sys_mprotect(Thread& self, u64 address, u64 bytes, int prot);
SysResult sys_mremap(Thread& self, u64 address, u64 old_bytes, u64 new_bytes, int flags, u64 new_address);
SysResult sys_madvise(Thread& self, u64 address, u64 bytes, int advice);
SysResult sys_brk(Thread& self, u64 end);
SysResult sys_msync(Thread& self, u64 address, u64 bytes, int flags);
SysResult sys_mincore(Thread& self, u64 address, u64 bytes, UserAddr out);
SysResult sys_mlock(Thread& self, u64 address, u64 bytes);
SysResult sys_mlockall(Thread& self, int flags);
SysResult sys_munlockall(Thread& self);
SysResult sys_mbind(Thread& self);

consteval void add_memory_syscalls(SyscallTable& table) {
    table.add<sys_mmap>(__NR_mmap, "mmap", Support::partial, "no huge pages; MAP_GROWSDOWN maps as given");
    table.add<sys_munmap>(__NR_munmap, "munmap");
    table.add<sys_mprotect>(__NR_mprotect, "mprotect", Support::partial, "no PROT_GROWSDOWN");
    table.add<sys_mremap>(__NR_mremap, "mremap", Support::partial, "MREMAP_DONTUNMAP is refused");
    table.add<sys_madvise>(__NR_madvise, "madvise", Support::partial,
                           "only MADV_DONTNEED and MADV_REMOVE do something");
    table.add<sys_brk>(__NR_brk, "brk");
    table.add<sys_msync>(__NR_msync, "msync", Support::full, "nothing is ever written back: file pages are shared");
    table.add<sys_mincore>(__NR_mincore, "mincore", Support::partial, "every mapped page is said to be in core");
    table.add<sys_mlock>(__NR_mlock, "mlock", Support::ignored, "there is no swap");
    table.add<sys_mlock>(__NR_munlock, "munlock", Support::ignored, "there is no swap");
    table.add<sys_mlock>(__NR_mlock2, "mlock2", Support::ignored, "there is no swap");
    table.add<sys_mlockall>(__NR_mlockall, "mlockall", Support::ignored, "there is no swap");
    table.add<sys_munlockall>(__NR_munlockall, "munlockall", Support::ignored, "there is no swap");
    table.add<sys_mbind>(__NR_mbind, "mbind", Support::ignored, "one memory node");
    table.add<sys_mbind>(__NR_set_mempolicy, "set_mempolicy", Support::ignored, "one memory node");
    table.refuse(__NR_get_mempolicy, "get_mempolicy", "one memory node");
    table.refuse(__NR_remap_file_pages, "remap_file_pages", "deprecated on Linux too");
    table.refuse(__NR_pkey_alloc, "pkey_alloc", "no protection keys");
}

}  // namespace mayfly::guest
