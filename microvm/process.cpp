#include "microvm/process.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "microvm/channel.h"

namespace mayfly::microvm {
namespace {

// A parent that dies takes the microVM along.
void die_with_parent() { ::prctl(PR_SET_PDEATHSIG, SIGKILL); }

// What a function held in memory must not end in a core file.
void forbid_core_files() {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
}

// Ctrl-C reaches the whole foreground process group; the parent decides what it means.
void leave_keyboard_signals_to_parent() {
    for (const int number : {SIGINT, SIGQUIT, SIGHUP, SIGTSTP}) ::signal(number, SIG_IGN);
}

// The parent blocks all signals while it starts a process.
void let_signals_in() {
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// fork(3) makes no siblings and gives no pidfd. What it does besides is for processes with threads. The child's signal
// at its end is that of this process, as for every sibling.
long clone_process(unsigned long namespaces, int group, int& handle) {
    const unsigned long flags = CLONE_PARENT | CLONE_PIDFD | namespaces;
    // Not clone3(2) without need: container engines used to forbid it.
    if (group < 0) return ::syscall(SYS_clone, flags, nullptr, &handle, nullptr, nullptr);
    clone_args arguments{};
    arguments.flags = flags | CLONE_INTO_CGROUP;
    arguments.pidfd = reinterpret_cast<std::uintptr_t>(&handle);  // where clone3(2) puts it
    arguments.cgroup = static_cast<std::uint64_t>(group);
    return ::syscall(SYS_clone3, &arguments, sizeof arguments);
}

// "0" is whoever writes. While a process has one thread, this takes no lock that the whole system uses.
bool enter(std::span<const UniqueFd> tasks) {
    return std::all_of(tasks.begin(), tasks.end(),
                       [](const UniqueFd& file) { return ::write(file.get(), "0", 1) == 1; });
}

}  // namespace

void become_microvm_process() {
    die_with_parent();  // if it died before, the socket is closed already and the server ends at once
    forbid_core_files();
    leave_keyboard_signals_to_parent();
    let_signals_in();
}

Result<Forked> fork_microvm_process(const UniqueFd& socket, unsigned long namespaces, const GroupDescriptors& groups) {
    int handle = -1;
    const long pid = clone_process(namespaces, groups.directory, handle);
    if (pid < 0) return fail_errno(ErrorCode::unavailable, "forking a microVM process");
    if (pid > 0) return Forked{static_cast<pid_t>(pid), UniqueFd{handle}};
    die_with_parent();
    if (!enter(groups.tasks) || ::dup3(socket.get(), kControlDescriptor, O_CLOEXEC) < 0) ::_exit(1);
    return Forked{0, UniqueFd{}};
}

// In a PID namespace of its own a process can't see its parent, but that holds the other end of the socket.
void follow_parent(int socket) {
    die_with_parent();
    pollfd other_end{socket, 0, 0};
    if (::poll(&other_end, 1, 0) > 0 && (other_end.revents & POLLHUP) != 0) ::_exit(1);
}

}  // namespace mayfly::microvm
