// mayfly-vmm: the process of one microVM. It is started by the library with an empty environment and one
// descriptor, the control socket; all else comes over that socket as descriptors, never as paths.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "embedded/guest_kernel.h"
#include "microvm/channel.h"
#include "microvm/server.h"

namespace {

// A parent that dies takes the microVM along. If it died before this call, the socket is closed
// already and serve() ends at once.
void follow_parent() { ::prctl(PR_SET_PDEATHSIG, SIGKILL); }

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

int main() {
    follow_parent();
    forbid_core_files();
    leave_keyboard_signals_to_parent();
    let_signals_in();
    mayfly::microvm::Channel channel{mayfly::UniqueFd{mayfly::microvm::kControlDescriptor}};
    mayfly::microvm::Server server{std::move(channel), mayfly::guest_kernel()};
    return server.serve() ? 0 : 1;
}
