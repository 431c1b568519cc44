#include "runtime/spawner.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <optional>
#include <span>
#include <system_error>

#include "runtime/out_of_memory.h"

namespace mayfly::runtime {
namespace {

constexpr int kControlFd = 3;  // microvm/control.proto
constexpr int kFirstClosedFd = 4;

// With vm.memfd_noexec = 1 only a file that was made to be run may be run; Linux before 6.3 has no such flag.
Result<UniqueFd> executable_file_in_memory(const char* name) {
    constexpr unsigned kExec = 0x10;  // MFD_EXEC, newer than the headers we build with
    constexpr unsigned kFlags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    UniqueFd fd{::memfd_create(name, kFlags | kExec)};
    if (!fd && errno == EINVAL) fd.reset(::memfd_create(name, kFlags));
    if (!fd && errno == EACCES)
        return fail_errno(ErrorCode::unavailable,
                          "programs may not be run from memory (sysctl vm.memfd_noexec=1 allows it)");
    if (!fd) return fail_errno(ErrorCode::io, "memfd_create");
    return fd;
}

// EBUSY: the kernel itself has a page in its hands at the moment (migration, ageing). Each try waits for up to 75 ms.
Result<void> seal(const UniqueFd& fd) {
    constexpr int kTries = 20;
    for (int tries = 0; tries < kTries; ++tries) {
        if (::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) == 0) return {};
        if (errno != EBUSY) break;
    }
    return fail_errno(ErrorCode::io, "sealing the microVM program");
}

Result<UniqueFd> sealed_program(std::span<const std::byte> program) {
    UniqueFd fd = MF_TRY(executable_file_in_memory("mayfly-vmm"));
    while (!program.empty()) {
        const ssize_t written = ::write(fd.get(), program.data(), program.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return fail_errno(ErrorCode::io, "writing the microVM program to memory");
        program = program.subspan(static_cast<std::size_t>(written));
    }
    MF_TRY(seal(fd));
    return fd;
}

// What the child of vfork needs, made before: it shares the parent's memory and may only make system calls.
struct ChildPlan {
    int program;
    int socket;
    int null;
    pid_t parent;
};

// Linux before 5.9, and containers whose filter is older than that, have no close_range(2).
void close_others_at_exec() {
    if (::syscall(SYS_close_range, kFirstClosedFd, ~0u, CLOSE_RANGE_CLOEXEC) == 0) return;
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    const auto end = static_cast<int>(std::min<rlim_t>(files.rlim_max, 1 << 20));
    for (int fd = kFirstClosedFd; fd < end; ++fd) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
}

// Runs in the child until it is another program. Returns only if that failed.
void become_program(const ChildPlan& plan) {
    ::setsid();  // Ctrl-C of a terminal is for the command, which ends its microVMs itself
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != plan.parent) return;  // it ended before the line above
    for (const int fd : {0, 1, 2})
        if (::dup2(plan.null, fd) < 0) return;
    // dup2 of a descriptor to itself would leave it to be closed by exec.
    if (plan.socket == kControlFd) {
        ::fcntl(kControlFd, F_SETFD, 0);
    } else if (::dup2(plan.socket, kControlFd) < 0) {
        return;
    }
    close_others_at_exec();
    ::signal(SIGPIPE, SIG_DFL);
    char name[] = "mayfly-vmm";
    char* const arguments[] = {name, nullptr};
    char* const environment[] = {nullptr};
    ::syscall(SYS_execveat, plan.program, "", arguments, environment, AT_EMPTY_PATH);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
// vfork, since fork would copy the page tables of whoever embeds the library. No signal may be handled in
// the child, which runs on the parent's stack: the caller blocks all, and the new program lets them in.
__attribute__((noinline)) pid_t vfork_program(const ChildPlan& plan) {
    const pid_t pid = ::vfork();
    if (pid == 0) {
        become_program(plan);
        ::_exit(127);
    }
    return pid;
}
#pragma GCC diagnostic pop

Result<pid_t> start_program(int program, int socket) {
    const UniqueFd null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    if (!null) return fail_errno(ErrorCode::io, "opening /dev/null");
    // Descriptors below 3 are about to be replaced in the child; what it needs must lie above.
    const UniqueFd high_program{::fcntl(program, F_DUPFD_CLOEXEC, kFirstClosedFd)};
    const UniqueFd high_socket{::fcntl(socket, F_DUPFD_CLOEXEC, kFirstClosedFd)};
    const UniqueFd high_null{::fcntl(null.get(), F_DUPFD_CLOEXEC, kFirstClosedFd)};
    if (!high_program || !high_socket || !high_null) return fail_errno(ErrorCode::io, "duplicating descriptors");
    const ChildPlan plan{high_program.get(), high_socket.get(), high_null.get(), ::getpid()};

    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    const pid_t pid = vfork_program(plan);
    const int saved = errno;
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    errno = saved;
    if (pid < 0) return fail_errno(ErrorCode::unavailable, "starting a microVM process");
    return pid;
}

void wait_for(int handle, int options) {
    siginfo_t info{};
    while (::waitid(P_PIDFD, static_cast<id_t>(handle), &info, WEXITED | options) != 0 && errno == EINTR) {
    }
}

bool has_ended(int handle) {
    siginfo_t info{};
    const int result = ::waitid(P_PIDFD, static_cast<id_t>(handle), &info, WEXITED | WNOHANG);
    return result != 0 || info.si_pid != 0;  // an error: somebody else has waited for it
}

}  // namespace

struct Spawner::Request {
    int socket;
    std::optional<Result<ChildProcess>> answer;
};

Result<std::unique_ptr<Spawner>> Spawner::create(std::span<const std::byte> program) {
    std::unique_ptr<Spawner> spawner(new Spawner(MF_TRY(sealed_program(program))));
    try {
        spawner->thread_ = std::thread([&self = *spawner] { self.serve(); });
    } catch (const std::system_error& error) {
        return Unexpected(
            Error{ErrorCode::unavailable, "starting a thread for microVM processes", error.code().value()});
    }
    return spawner;
}

Spawner::~Spawner() {
    {
        const MutexLock lock(mutex_);
        is_closing_ = true;
        changed_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
    for (const Child& child : dying_) wait_for(child.handle.get(), 0);
    end_lost();
}

Result<ChildProcess> Spawner::spawn(int socket) {
    Request request{socket, {}};
    const MutexLock lock(mutex_);
    requests_.push_back(&request);
    changed_.notify_all();
    while (!request.answer) changed_.wait(mutex_);
    return std::move(*request.answer);
}

void Spawner::serve() {
    const MutexLock lock(mutex_);
    for (;;) {
        while (requests_.empty() && !is_closing_) changed_.wait(mutex_);
        if (requests_.empty()) return;
        Request& request = *requests_.front();
        requests_.pop_front();
        try {
            request.answer = start(request.socket);
        } catch (const std::bad_alloc&) {
            request.answer.emplace(Unexpected(out_of_memory_error()));
        }
        changed_.notify_all();
        reap();
    }
}

// Under the lock, so that interrupt() finds every process there is. What keeps a process is made before it.
Result<ChildProcess> Spawner::start(int socket) {
    if (is_interrupted_) return fail(ErrorCode::unavailable, "interrupted");
    std::list<Child> one(1);
    groups_.reserve(groups_.size() + 1);
    const pid_t pid = MF_TRY(start_program(program_.get(), socket));
    UniqueFd handle{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
    if (!handle) {
        auto failure = fail_errno(ErrorCode::unavailable, "pidfd_open");
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
        return failure;
    }
    one.front() = {pid, std::move(handle)};
    groups_.push_back(pid);
    return keep(std::move(one));
}

ChildProcess Spawner::keep(std::list<Child> one) {
    running_.splice(running_.begin(), one);
    return ChildProcess(*this, running_.begin());
}

Result<ChildProcess> Spawner::adopt(pid_t pid, UniqueFd handle) {
    std::list<Child> one;
    one.push_back({pid, std::move(handle)});
    std::optional<ChildProcess> process;
    {
        const MutexLock lock(mutex_);
        reap();  // as after each start of a program: else those that ended would stay as zombies
        process.emplace(keep(std::move(one)));
        if (!is_interrupted_) return std::move(*process);
    }
    return fail(ErrorCode::unavailable, "interrupted");
}

void Spawner::interrupt() {
    const MutexLock lock(mutex_);
    is_interrupted_ = true;
    for (const Child& child : running_) ::kill(child.pid, SIGKILL);
}

bool Spawner::interrupted() const {
    const MutexLock lock(mutex_);
    return is_interrupted_;
}

void Spawner::forget(std::list<Child>::iterator child) {
    const MutexLock lock(mutex_);
    dying_.splice(dying_.end(), running_, child);
}

void Spawner::reap() {
    std::erase_if(dying_, [](const Child& child) { return has_ended(child.handle.get()); });
}

// A program that was killed between forking and saying so leaves us a child that nobody knows of. It is in the process
// group of the program, as are all that it forked; those that we know of have been waited for by now.
void Spawner::end_lost() {
    const MutexLock lock(mutex_);
    for (const pid_t group : groups_) {
        siginfo_t info{};
        if (::waitid(P_PGID, static_cast<id_t>(group), &info, WEXITED | WNOHANG | WNOWAIT) != 0) continue;
        ::kill(-group, SIGKILL);
        while (::waitid(P_PGID, static_cast<id_t>(group), &info, WEXITED) == 0 || errno == EINTR) {
        }
    }
}

ChildProcess::~ChildProcess() {
    if (spawner_ == nullptr) return;
    kill();
    spawner_->forget(child_);
}

// Without waiting for it: that is the spawner's.
bool ChildProcess::has_ended() const {
    pollfd ended{child_->handle.get(), POLLIN, 0};
    return ::poll(&ended, 1, 0) > 0;
}

// By its number where the newer call is forbidden, as container engines used to: while nobody has waited for it, the
// number is its own.
void ChildProcess::kill() const {
    if (::syscall(SYS_pidfd_send_signal, child_->handle.get(), SIGKILL, nullptr, 0) != 0 && errno != ESRCH)
        ::kill(child_->pid, SIGKILL);
}

void ChildProcess::kill_and_wait() {
    if (spawner_ == nullptr) return;
    kill();
    wait_for(child_->handle.get(), WNOWAIT);  // stays a zombie, so that its number stays its own until it is forgotten
}

}  // namespace mayfly::runtime
