#include "microvm/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

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

}  // namespace

void become_microvm_process() {
    die_with_parent();  // if it died before, the socket is closed already and the server ends at once
    forbid_core_files();
    leave_keyboard_signals_to_parent();
    let_signals_in();
}

Result<Forked> fork_microvm_process(const UniqueFd& socket, unsigned long clone_flags) {
    int handle = -1;
    // fork(3) makes no siblings and gives no pidfd. What it does besides is for processes with threads.
    const long pid = ::syscall(SYS_clone, CLONE_PARENT | CLONE_PIDFD | clone_flags, nullptr, &handle, nullptr, nullptr);
    if (pid < 0) return fail_errno(ErrorCode::unavailable, "forking a microVM process");
    if (pid > 0) return Forked{static_cast<pid_t>(pid), UniqueFd{handle}};
    die_with_parent();
    if (::dup3(socket.get(), kControlDescriptor, O_CLOEXEC) < 0) ::_exit(1);
    return Forked{0, UniqueFd{}};
}

// In a PID namespace of its own a process can't see its parent, but that holds the other end of the socket.
void follow_parent(const UniqueFd& socket) {
    die_with_parent();
    pollfd other_end{socket.get(), 0, 0};
    if (::poll(&other_end, 1, 0) > 0 && (other_end.revents & POLLHUP) != 0) ::_exit(1);
}

}  // namespace mayfly::microvm
