#include "tests/faults/tracer.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <utility>

namespace mayfly::faults {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kTimeToEnd{3};  // for what the command has left behind
constexpr long kOptions = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                          PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL;

// What its process is, and where its program lies: threads and forked processes have it in common.
struct Process {
    Role role;
    std::shared_ptr<ProgramText> text;
};

struct Task {
    pid_t process = 0;
    std::optional<int> result_to_be;              // of the call it is in
    std::optional<unsigned long> first_argument;  // of that call, when another was given to the kernel
    bool is_in_call = false;
};

long trace(int request, pid_t task, unsigned long address = 0, unsigned long data = 0) {
    return ::ptrace(static_cast<__ptrace_request>(request), task, address, data);
}

pid_t process_of(pid_t task) {
    std::ifstream status("/proc/" + std::to_string(task) + "/status");
    for (std::string word; status >> word;)
        if (word == "Tgid:") {
            pid_t process = 0;
            status >> process;
            return process;
        }
    return task;
}

std::string program_of(pid_t process) {
    std::error_code none;
    return std::filesystem::read_symlink("/proc/" + std::to_string(process) + "/exe", none).string();
}

class Tracer {
public:
    Tracer(pid_t command, const Observer& observer) : command_(command), observer_(observer) {
        processes_[command] = {Role::command, std::make_shared<ProgramText>(command)};
        tasks_[command] = {command, {}, false};
    }

    bool is_over() const { return tasks_.empty(); }
    std::optional<int> status() const { return status_; }

    void handle(pid_t task, int status) {
        if (WIFEXITED(status) || WIFSIGNALED(status)) return forget(task, status);
        const int event = status >> 16;
        const auto known = tasks_.find(task);
        // A new task may stop before its parent says whose it is.
        if (known == tasks_.end()) {
            early_.insert(task);
            return;
        }
        switch (event) {
        case PTRACE_EVENT_CLONE:
        case PTRACE_EVENT_FORK:
        case PTRACE_EVENT_VFORK: return adopt_new(task);
        case PTRACE_EVENT_EXEC: return on_exec(task);
        case PTRACE_EVENT_EXIT:
            if (task == command_ && observer_.on_end) observer_.on_end(task);
            return go_on(task);
        case PTRACE_EVENT_STOP: return go_on(task);
        default: break;
        }
        if (WSTOPSIG(status) == (SIGTRAP | 0x80)) return on_call(task, known->second);
        if (WSTOPSIG(status) == SIGSEGV) return end_at_fault(known->second.process);
        go_on(task, WSTOPSIG(status));
    }

    void kill_all() const {
        for (const auto& [process, what] : processes_) ::kill(process, SIGKILL);
    }

    std::vector<Role> roles_left() const {
        std::vector<Role> left;
        for (const auto& [process, what] : processes_)
            if (tasks_.contains(process)) left.push_back(what.role);
        return left;
    }

private:
    void go_on(pid_t task, int signal = 0) const { trace(PTRACE_SYSCALL, task, 0, static_cast<unsigned long>(signal)); }

    // A fault ends its process, for nobody here handles one (abort(3) ends with a fault too). Not so the first process
    // of a PID namespace while it is traced: Linux would hand it the signal for ever (force_sig_info_to_task()).
    static void end_at_fault(pid_t process) { ::kill(process, SIGKILL); }

    void forget(pid_t task, int status) {
        if (task == command_) status_ = status;
        tasks_.erase(task);
        processes_.erase(task);
        early_.erase(task);
    }

    void adopt_new(pid_t parent) {
        unsigned long message = 0;
        trace(PTRACE_GETEVENTMSG, parent, 0, reinterpret_cast<unsigned long>(&message));
        const auto child = static_cast<pid_t>(message);
        const pid_t process = process_of(child);
        const Process& of_parent = processes_[tasks_[parent].process];
        if (process == child) processes_[child] = {role_of_child(of_parent.role), of_parent.text};
        tasks_[child] = {process, {}, false};
        if (early_.erase(child) != 0) go_on(child);
        go_on(parent);
    }

    static Role role_of_child(Role parent) { return parent == Role::command ? Role::starting : Role::microvm; }

    void on_exec(pid_t task) {
        const bool is_command = task == command_;
        has_begun_ = true;
        if (!is_command && program_of(task).find("mayfly-vmm") == std::string::npos) {
            trace(PTRACE_DETACH, task);
            tasks_.erase(task);
            processes_.erase(task);
            return;
        }
        processes_[task] = {is_command ? Role::command : Role::zygote, std::make_shared<ProgramText>(task)};
        go_on(task);
    }

    void on_call(pid_t task, Task& state) {
        if (!state.is_in_call)
            on_entry(task, state);
        else
            on_return(task, state);
    }

    void on_entry(pid_t task, Task& state) {
        state.is_in_call = true;
        user_regs_struct registers{};
        trace(PTRACE_GETREGS, task, 0, reinterpret_cast<unsigned long>(&registers));
        const Call call{registers.orig_rax,
                        {registers.rdi, registers.rsi, registers.rdx, registers.r10, registers.r8, registers.r9},
                        registers.rip,
                        registers.rsp};
        const Process& process = processes_[state.process];
        if (!has_begun_) return go_on(task);
        const auto fault = observer_.on_call(process.role, call, process.text->site(task, call));
        if (fault && fault->kills) {
            ::kill(state.process, SIGKILL);
            return;
        }
        if (fault) fail(task, state, registers, *fault);
        go_on(task);
    }

    // A call that is not made is replaced by one that does nothing and is allowed in the jail. close(2) is made: the
    // descriptor is gone whatever it returns. brk(2) fails by saying where the end of the heap is.
    static void fail(pid_t task, Task& state, user_regs_struct& registers, const Fault& fault) {
        switch (registers.orig_rax) {
        case SYS_close: state.result_to_be = -fault.error; return;
        case SYS_brk: state.first_argument = std::exchange(registers.rdi, 0); break;
        default: state.result_to_be = -fault.error; registers.orig_rax = SYS_sched_yield;
        }
        trace(PTRACE_SETREGS, task, 0, reinterpret_cast<unsigned long>(&registers));
    }

    void on_return(pid_t task, Task& state) {
        state.is_in_call = false;
        user_regs_struct registers{};
        trace(PTRACE_GETREGS, task, 0, reinterpret_cast<unsigned long>(&registers));
        Process& process = processes_[state.process];
        if (process.role == Role::microvm && registers.orig_rax == SYS_seccomp && registers.rax == 0)
            process.role = Role::locked;
        const auto result = std::exchange(state.result_to_be, std::nullopt);
        const auto argument = std::exchange(state.first_argument, std::nullopt);
        if (result) registers.rax = static_cast<unsigned long>(static_cast<long>(*result));
        if (argument) registers.rdi = *argument;
        if (result || argument) trace(PTRACE_SETREGS, task, 0, reinterpret_cast<unsigned long>(&registers));
        go_on(task);
    }

    pid_t command_;
    const Observer& observer_;
    std::map<pid_t, Process> processes_;
    std::map<pid_t, Task> tasks_;
    std::set<pid_t> early_;
    bool has_begun_ = false;  // the command is itself, and no longer the fork of this program
    std::optional<int> status_;
};

// Stopped until it is traced.
pid_t start(const std::vector<std::string>& command) {
    const pid_t pid = ::fork();
    if (pid != 0) return pid;
    ::raise(SIGSTOP);
    std::vector<char*> arguments;
    for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
}

// waitpid(2) is interrupted each time, to look at the clock. 0 ends it.
void tick_every(long microseconds) {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    ::sigaction(SIGALRM, &action, nullptr);
    const itimerval timer{{0, microseconds}, {0, microseconds}};
    ::setitimer(ITIMER_REAL, &timer, nullptr);
}

}  // namespace

std::string_view to_string(Role role) {
    switch (role) {
    case Role::command: return "command";
    case Role::starting: return "starting";
    case Role::zygote: return "zygote";
    case Role::microvm: return "microvm";
    case Role::locked: return "locked";
    }
    return "unknown";
}

Ending run(const std::vector<std::string>& command, std::chrono::seconds limit, const Observer& observer) {
    const pid_t pid = start(command);
    int status = 0;
    ::waitpid(pid, &status, WUNTRACED);
    if (trace(PTRACE_SEIZE, pid, 0, kOptions) != 0) std::abort();
    ::kill(pid, SIGCONT);
    tick_every(100'000);

    Tracer tracer(pid, observer);
    Ending ending;
    auto deadline = Clock::now() + limit;
    bool has_ended = false;
    while (!tracer.is_over()) {
        const pid_t task = ::waitpid(-1, &status, __WALL);
        if (task > 0) tracer.handle(task, status);
        if (task < 0 && errno != EINTR) break;
        if (!has_ended && tracer.status()) {
            has_ended = true;
            deadline = Clock::now() + kTimeToEnd;
        }
        if (Clock::now() < deadline) continue;
        if (has_ended) ending.left = tracer.roles_left();
        tracer.kill_all();
        break;
    }
    tick_every(0);
    ending.status = tracer.status();
    return ending;
}

}  // namespace mayfly::faults
