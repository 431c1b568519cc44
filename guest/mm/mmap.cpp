// mmap(2) and its kin: from Linux's flags to AddressSpace.
#include <linux/mman.h>

#include "guest/fs/file.h"
#include "guest/mm/address_space.h"
#include "guest/mm/syscalls.h"
#include "guest/thread/process.h"

namespace mayfly::guest {
namespace {

constexpr u64 kMaxFileBytes = ~0ull >> 1;

ErrnoOr<void> attach_file(Region& region, Thread& self, int fd, u64 offset, u64 bytes) {
    if (offset % kPageSize != 0) return fail(EINVAL);
    auto file = MF_TRY(self.fds().get(fd));
    if (bytes > kMaxFileBytes || offset > kMaxFileBytes - bytes) return fail(EOVERFLOW);
    if (!file->readable()) return fail(EACCES);
    region.may_write = !region.shared || file->writable();
    if (region.protection.write && !region.may_write) return fail(EACCES);
    region.object = MF_TRY(file->memory_object());
    if (!region.object) return {};
    if (region.shared && !region.object->writable()) {
        if (region.protection.write) return fail(EPERM);  // sealed (memfd_create)
        region.may_write = false;
    }
    region.offset = offset;
    auto name = file->name();
    if (name) region.path = MF_TRY(SharedName::of(name->view()));
    return {};
}

}  // namespace

SysResult sys_mmap(Thread& self, u64 address, u64 bytes, int prot, int flags, int fd, u64 offset) {
    const int type = flags & MAP_TYPE;
    if (type != MAP_PRIVATE && type != MAP_SHARED && type != MAP_SHARED_VALIDATE) return fail(EINVAL);
    if (bytes == 0) return fail(EINVAL);
    MapRequest request;
    request.address = address;
    request.bytes = bytes;
    request.no_replace = (flags & MAP_FIXED_NOREPLACE) != 0;
    request.fixed = (flags & MAP_FIXED) != 0 || request.no_replace;
    request.no_reserve = (flags & MAP_NORESERVE) != 0;
    request.is_new = true;
    request.region.protection = Protection::of(prot);
    request.region.shared = type != MAP_PRIVATE;
    if ((flags & MAP_ANONYMOUS) == 0) MF_TRY(attach_file(request.region, self, fd, offset, bytes));
    return static_cast<long>(MF_TRY(self.space().map(std::move(request))));
}

SysResult sys_munmap(Thread& self, u64 address, u64 bytes) {
    MF_TRY(self.space().unmap(address, bytes));
    return 0;
}

SysResult sys_mprotect(Thread& self, u64 address, u64 bytes, int prot) {
    if ((prot & ~(PROT_READ | PROT_WRITE | PROT_EXEC)) != 0) return fail(EINVAL);
    MF_TRY(self.space().protect(address, bytes, Protection::of(prot)));
    return 0;
}

SysResult sys_mremap(Thread& self, u64 address, u64 old_bytes, u64 new_bytes, int flags, u64 new_address) {
    if ((flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED)) != 0) return fail(EINVAL);
    if ((flags & MREMAP_FIXED) != 0) {
        if ((flags & MREMAP_MAYMOVE) == 0) return fail(EINVAL);
        return static_cast<long>(MF_TRY(self.space().remap_to(address, old_bytes, new_bytes, new_address)));
    }
    return static_cast<long>(MF_TRY(self.space().remap(address, old_bytes, new_bytes, (flags & MREMAP_MAYMOVE) != 0)));
}

SysResult sys_madvise(Thread& self, u64 address, u64 bytes, int advice) {
    constexpr int kHighestAdvice = 25;  // MADV_COLLAPSE
    if (address % kPageSize != 0 || advice < 0 || (advice > kHighestAdvice && advice != MADV_HWPOISON))
        return fail(EINVAL);
    if (bytes == 0) return 0;
    if (bytes > ~address || round_up(bytes, kPageSize) < bytes) return fail(EINVAL);
    if (advice == MADV_DONTNEED) {
        MF_TRY(self.space().discard(address, bytes));
        return 0;
    }
    if (advice == MADV_REMOVE) {
        MF_TRY(self.space().remove_shared(address, bytes));
        return 0;
    }
    if (!self.space().covers(address, bytes)) return fail(ENOMEM);
    return 0;
}

SysResult sys_brk(Thread& self, u64 end) { return static_cast<long>(self.space().set_brk(end)); }

SysResult sys_msync(Thread& self, u64 address, u64 bytes, int flags) {
    if (address % kPageSize != 0 || (flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) != 0) return fail(EINVAL);
    if ((flags & MS_ASYNC) != 0 && (flags & MS_SYNC) != 0) return fail(EINVAL);
    if (!self.space().covers(address, bytes)) return fail(ENOMEM);
    return 0;
}

SysResult sys_mincore(Thread& self, u64 address, u64 bytes, UserAddr out) {
    if (address % kPageSize != 0) return fail(EINVAL);
    if (!self.space().covers(address, bytes)) return fail(ENOMEM);
    const u8 in_core = 1;
    for (u64 i = 0; i < round_up(bytes, kPageSize) / kPageSize; ++i) MF_TRY(copy_to_user(out + i, &in_core, 1));
    return 0;
}

SysResult sys_mlock(Thread& self, u64 address, u64 bytes) {
    if (!self.space().covers(address, bytes + address % kPageSize)) return fail(ENOMEM);
    return 0;
}

SysResult sys_mlockall(Thread&, int flags) {
    if (flags == 0 || (flags & ~7) != 0) return fail(EINVAL);
    return 0;
}
SysResult sys_munlockall(Thread&) { return 0; }
SysResult sys_mbind(Thread&) { return 0; }

}  // namespace mayfly::guest
