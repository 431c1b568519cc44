#include <asm/ioctls.h>
#include <linux/fcntl.h>

#include <limits>

#include "guest/fs/descriptors.h"

namespace mayfly::guest {

SysResult sys_ioctl(Thread& self, int fd, unsigned request, UserAddr argument) {
    const auto file = MF_TRY(self.fds().get(fd));
    if (file->is_path()) return fail(EBADF);
    switch (request) {
    case FIOCLEX: MF_TRY(self.fds().set_close_on_exec(fd, true)); return 0;
    case FIONCLEX: MF_TRY(self.fds().set_close_on_exec(fd, false)); return 0;
    case FIONBIO: {
        const int value = MF_TRY(UserPtr<int>(argument).get());
        file->set_flags(value != 0 ? file->flags() | O_NONBLOCK : file->flags() & ~O_NONBLOCK);
        return 0;
    }
    case FIONREAD: {
        const usize bytes = MF_TRY(file->bytes_ready());
        constexpr usize kMost = std::numeric_limits<int>::max();
        MF_TRY(UserPtr<int>(argument).put(static_cast<int>(bytes < kMost ? bytes : kMost)));
        return 0;
    }
    default: return file->ioctl(request, argument);
    }
}

}  // namespace mayfly::guest
