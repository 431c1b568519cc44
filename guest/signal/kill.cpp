// Sending signals from user space.
#include "guest/signal/deliver.h"
#include "guest/signal/syscalls.h"

namespace mayfly::guest {
namespace {

siginfo_t info_from_sender(Thread& self, int signal, int code) {
    siginfo_t info = make_siginfo(signal, code);
    info.si_pid = self.process().pid();
    info.si_uid = 0;
    return info;
}

// There is one process, alone in its group, so kill(-1), which spares the caller, finds nobody.
ErrnoOr<Process*> addressed(Thread& self, int pid) {
    Process& process = self.process();
    if (pid == 0 || pid == process.pid()) return &process;
    if (pid > 0 && process.find_thread(pid) != nullptr) return &process;
    if (pid < -1 && pid == -process.group) return &process;
    return fail(ESRCH);
}

// Signal 0 asks only whether it could be sent.
constexpr bool is_sendable(int signal) { return signal == 0 || is_signal(signal); }

SysResult kill_thread(Thread& self, int tgid, int tid, const siginfo_t& info) {
    Thread* target = self.process().find_thread(tid);
    if (target == nullptr || (tgid != 0 && tgid != self.process().pid())) return fail(ESRCH);
    if (info.si_signo == 0) return 0;
    if (!send_signal_to_thread(*target, info) && info.si_signo >= kFirstRealTimeSignal) return fail(EAGAIN);
    return 0;
}

// Nobody may pretend to another process that the kernel or kill() sent the signal.
ErrnoOr<siginfo_t> queued_info(Thread& self, int target, int signal, UserPtr<siginfo_t> from) {
    if (!is_sendable(signal)) return fail(EINVAL);
    siginfo_t info = MF_TRY(from.get());
    info.si_signo = signal;
    const bool reserved = info.si_code >= 0 || info.si_code == SI_TKILL;
    if (reserved && target != self.process().pid()) return fail(EPERM);
    return info;
}

}  // namespace

SysResult sys_kill(Thread& self, int pid, int signal) {
    if (!is_sendable(signal)) return fail(EINVAL);
    Process* target = MF_TRY(addressed(self, pid));
    if (signal != 0) send_signal_to_process(*target, info_from_sender(self, signal, SI_USER));
    return 0;
}

SysResult sys_tkill(Thread& self, int tid, int signal) {
    if (tid <= 0 || !is_sendable(signal)) return fail(EINVAL);
    return kill_thread(self, 0, tid, info_from_sender(self, signal, SI_TKILL));
}

SysResult sys_tgkill(Thread& self, int tgid, int tid, int signal) {
    if (tgid <= 0 || tid <= 0 || !is_sendable(signal)) return fail(EINVAL);
    return kill_thread(self, tgid, tid, info_from_sender(self, signal, SI_TKILL));
}

SysResult sys_rt_sigqueueinfo(Thread& self, int pid, int signal, UserPtr<siginfo_t> from) {
    const siginfo_t info = MF_TRY(queued_info(self, pid, signal, from));
    Process* target = MF_TRY(addressed(self, pid));
    if (signal == 0) return 0;
    if (!send_signal_to_process(*target, info) && signal >= kFirstRealTimeSignal) return fail(EAGAIN);
    return 0;
}

SysResult sys_rt_tgsigqueueinfo(Thread& self, int tgid, int tid, int signal, UserPtr<siginfo_t> from) {
    if (tgid <= 0 || tid <= 0) return fail(EINVAL);
    const siginfo_t info = MF_TRY(queued_info(self, tgid, signal, from));
    return kill_thread(self, tgid, tid, info);
}

}  // namespace mayfly::guest
