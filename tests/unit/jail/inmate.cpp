#include "tests/unit/jail/inmate.h"

#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>

#include "microvm/allowed_calls.h"

namespace mayfly::jail {
namespace {

constexpr int kNoJail = 125;
constexpr std::uint64_t kPrivateBytes = 256 << 20;

// A failing child writes its reason here; the filter would not let it.
struct Report {
    Report() {
        if (::pipe(ends.data()) != 0) std::abort();
    }
    ~Report() {
        ::close(ends[0]);
        ::close(ends[1]);
    }
    void write(const Error& error) const {
        const std::string text = error.message();
        static_cast<void>(::write(ends[1], text.data(), text.size()));
    }
    std::string read() const {
        std::array<char, 512> text{};
        const ssize_t got = ::read(ends[0], text.data(), text.size());
        return {text.data(), static_cast<std::size_t>(got < 0 ? 0 : got)};
    }
    std::array<int, 2> ends{};
};

Ending wait_for(pid_t pid, const Report& report) {
    int status = 0;
    while (::waitpid(pid, &status, __WALL) < 0 && errno == EINTR) {
    }
    Ending ending;
    if (WIFEXITED(status)) ending.status = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) ending.signal = WTERMSIG(status);
    if (ending.status == kNoJail) ending.error = report.read();
    return ending;
}

Ending in_child(Jail& jail, bool is_locked, const Body& body) {
    const Report report;
    const long pid = ::syscall(SYS_clone, jail.clone_flags() | SIGCHLD, nullptr, nullptr, nullptr, nullptr);
    if (pid < 0) return {-1, 0, "clone"};
    if (pid > 0) return wait_for(static_cast<pid_t>(pid), report);
    auto inside = jail.enter();
    if (inside && is_locked) inside = jail.lock(0, kPrivateBytes);
    if (!inside) {
        report.write(inside.error());
        ::_exit(kNoJail);
    }
    ::_exit(body(jail));
}

}  // namespace

bool Ending::was_killed_by_filter() const { return signal == SIGSYS; }

Ending in_zygote(const AcceptedRisks& accepted, const Body& body) {
    const Report report;
    const pid_t pid = ::fork();
    if (pid > 0) return wait_for(pid, report);
    ::clearenv();
    auto jail = Jail::prepare(accepted, microvm::all_allowed_calls());
    if (!jail) {
        report.write(jail.error());
        ::_exit(kNoJail);
    }
    ::_exit(body(*jail));
}

Ending in_entered(Jail& jail, const Body& body) { return in_child(jail, false, body); }
Ending in_locked(Jail& jail, const Body& body) { return in_child(jail, true, body); }

}  // namespace mayfly::jail
