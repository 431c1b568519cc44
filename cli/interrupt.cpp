#include "cli/interrupt.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <mutex>
#include <system_error>
#include <thread>

#include "cli/exit_code.h"

namespace mayfly::cli {
namespace {

constexpr unsigned kGraceSeconds = 3;  // for cleaning up; microVMs end with this process in any case

std::atomic<bool> was_interrupted{false};
std::atomic<int> wake_fd{-1};
int woken_fd = -1;  // readable once interrupted, and from then on
std::mutex stop_mutex;
std::function<void()> stop_work;  // guarded by stop_mutex

// Async-signal-safe: a store and a write.
void handle_signal(int) {
    const int saved = errno;
    if (was_interrupted.exchange(true)) ::_exit(kExitInterrupted);  // the second Ctrl-C does not wait
    [[maybe_unused]] const ssize_t written = ::write(wake_fd.load(), "!", 1);
    errno = saved;
}

// The byte stays in the pipe: others may wait for it too.
void wait_and_stop() {
    pollfd woken{woken_fd, POLLIN, 0};
    while (::poll(&woken, 1, -1) < 0 && errno == EINTR) {
    }
    ::alarm(kGraceSeconds);  // whatever becomes of the rest
    const std::lock_guard lock(stop_mutex);
    if (stop_work) stop_work();
}

void end_now(int) { ::_exit(kExitInterrupted); }

void set_handler(int signal, void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    ::sigaction(signal, &action, nullptr);
}

// By whoever started this command: nohup, or a shell that starts it in the background.
bool is_ignored(int signal) {
    struct sigaction action {};
    return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

void listen_for_interrupts() {
    std::array<int, 2> wake{};
    if (::pipe2(wake.data(), O_CLOEXEC) != 0) return;  // then signals act as usual: they end the process
    wake_fd = wake[1];
    woken_fd = wake[0];
    try {
        std::thread(wait_and_stop).detach();
    } catch (const std::system_error&) {
        return;
    }

    set_handler(SIGALRM, end_now);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP})
        if (!is_ignored(signal)) set_handler(signal, handle_signal);
}

// What was set before is destroyed behind the lock: it may own an engine, whose end takes its time.
void on_interrupt(std::function<void()> stop) {
    const std::lock_guard lock(stop_mutex);
    stop_work.swap(stop);
    if (was_interrupted && stop_work) stop_work();
}

bool interrupted() { return was_interrupted; }

bool wait_for_input(int fd) {
    std::array<pollfd, 2> entries{{{fd, POLLIN, 0}, {woken_fd, POLLIN, 0}}};
    while (::poll(entries.data(), entries.size(), -1) < 0 && errno == EINTR) {
    }
    return !was_interrupted;
}

}  // namespace mayfly::cli
