// Descriptors that stand for a process: pidfd_open(2) and, as pidfd_send_signal(2) takes it too, an open
// /proc/<pid>.
#include "guest/fs/file.h"
#include "guest/lib/format.h"
#include "guest/signal/deliver.h"
#include "guest/signal/syscalls.h"

namespace mayfly::guest {
namespace {

// Of the program itself, the only process there is: it never becomes readable, as that means ended.
class PidFd final : public File {
public:
    using File::File;
    FileKind kind() const override { return FileKind::pidfd; }
    u32 poll() override { return 0; }
    ErrnoOr<usize> read(IoBuffer&) override { return fail(EINVAL); }
    ErrnoOr<usize> write(IoBuffer&) override { return fail(EINVAL); }
    ErrnoOr<String> name() const override { return String::of("anon_inode:[pidfd]"); }
};

ErrnoOr<bool> stands_for(const File& file, const Process& process) {
    if (file.kind() == FileKind::pidfd) return true;
    char buffer[32];
    Format path{buffer};
    path.text("/proc/").decimal(process.pid());
    const String name = MF_TRY(file.name());
    return name.view() == path.view();
}

}  // namespace

SysResult sys_pidfd_open(Thread& self, int pid, unsigned flags) {
    if ((flags & ~unsigned{O_NONBLOCK}) != 0 || pid <= 0) return fail(EINVAL);
    // A thread that leads no process is no process.
    if (pid != self.process().pid()) return fail(self.process().find_thread(pid) != nullptr ? EINVAL : ESRCH);
    auto file = MF_TRY(make_ref<PidFd>(static_cast<int>(flags) | O_RDWR));
    return MF_TRY(self.fds().install(file, true));
}

SysResult sys_pidfd_send_signal(Thread& self, int fd, int signal, UserPtr<siginfo_t> info, unsigned flags) {
    if (flags != 0) return fail(EINVAL);
    auto file = MF_TRY(self.fds().get(fd));
    auto is_process = stands_for(*file, self.process());
    if (!is_process || !*is_process) return fail(EBADF);
    const int pid = self.process().pid();
    return info.is_null() ? sys_kill(self, pid, signal) : sys_rt_sigqueueinfo(self, pid, signal, info);
}

}  // namespace mayfly::guest
