// memfd_create(2): a file of tmpfs without a name.
#include <linux/memfd.h>

#include "guest/fs/tmpfs.h"
#include "guest/ipc/syscalls.h"

namespace mayfly::guest {

namespace {

constexpr unsigned kNoExec = 0x8;  // MFD_NOEXEC_SEAL and MFD_EXEC came after the headers of Debian 12
constexpr unsigned kExec = 0x10;
constexpr usize kMaxName = 249;  // NAME_MAX less "memfd:"

}  // namespace

SysResult sys_memfd_create(Thread& self, UserString name, unsigned flags) {
    if (flags & ~(MFD_CLOEXEC | MFD_ALLOW_SEALING | kNoExec | kExec)) return fail(EINVAL);
    if ((flags & kNoExec) && (flags & kExec)) return fail(EINVAL);
    const auto text = name.copy(kMaxName);
    if (!text) return fail(text.error().value == ENAMETOOLONG ? EINVAL : text.error().value);

    const bool sealing = (flags & (MFD_ALLOW_SEALING | kNoExec)) != 0;
    auto file = MF_TRY(open_memory_file(text->view(), sealing, O_RDWR));
    return MF_TRY(self.fds().install(std::move(file), (flags & MFD_CLOEXEC) != 0));
}

}  // namespace mayfly::guest
