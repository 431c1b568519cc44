#include "rootfs-builder/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <cstring>

#include "base/unique_fd.h"

namespace mayfly::rootfs {
namespace {

constexpr std::size_t kMaxCapturedBytes = 16u << 20;  // of a program's output; the rest is dropped
constexpr int kPollMilliseconds = 100;                // how late a stop flag may be seen
constexpr auto kGrace = std::chrono::seconds(2);      // between SIGTERM and SIGKILL

struct Pipe {
    UniqueFd read;
    UniqueFd write;

    static Result<Pipe> create() {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno(ErrorCode::io, "cannot make a pipe");
        Pipe low{UniqueFd{ends[0]}, UniqueFd{ends[1]}};
        // Not among 0 to 2, which the caller may have closed: the child puts its own there.
        Pipe pipe{UniqueFd{::fcntl(ends[0], F_DUPFD_CLOEXEC, 3)}, UniqueFd{::fcntl(ends[1], F_DUPFD_CLOEXEC, 3)}};
        if (!pipe.read || !pipe.write) return fail_errno(ErrorCode::io, "cannot make a pipe");
        return pipe;
    }
};

std::vector<std::string> child_environment(const std::vector<std::string>& additions) {
    std::vector<std::string> environment{"LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive"};
    const char* path = std::getenv("PATH");
    environment.push_back(std::string("PATH=") + (path != nullptr ? path : "/usr/bin:/bin") + ":/usr/sbin:/sbin");
    for (const char* name : {"HOME", "TMPDIR", "APT_CONFIG", "http_proxy", "https_proxy", "ftp_proxy", "no_proxy",
                             "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"})
        if (const char* value = std::getenv(name)) environment.push_back(std::string(name) + "=" + value);
    environment.insert(environment.end(), additions.begin(), additions.end());
    return environment;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
    std::vector<char*> result;
    for (std::string& string : strings) result.push_back(string.data());
    result.push_back(nullptr);
    return result;
}

// Between fork and exec: async-signal-safe calls only, for the caller may have threads.
[[noreturn]] void become(const char* program, char* const* arguments, char* const* environment, pid_t parent,
                         int output, int errors) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127);          // it died before the line above
    ::setpgid(0, 0);                                  // a Ctrl-C is for the caller, who sets the stop flag
    ::umask(022);                                     // it would show in modes, and so in an image's digest
    const int empty = ::open("/dev/null", O_RDONLY);  // closed below, unless it is 0 already
    ::dup2(empty, 0);
    ::dup2(output, 1);
    ::dup2(errors, 2);
    ::close_range(3, ~0u, 0);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::execve(program, arguments, environment);
    ::_exit(127);
}

// One end of the child's output: collects it and hands out complete lines.
class Capture {
public:
    Capture(UniqueFd fd, const std::function<void(std::string_view)>* on_line)
        : fd_(std::move(fd)), on_line_(on_line) {}

    int fd() const { return fd_.get(); }  // -1 at the end: poll(2) then ignores the entry
    std::string take() { return std::move(text_); }

    void read_some() {
        std::array<char, 65536> buffer;
        const ssize_t count = ::read(fd_.get(), buffer.data(), buffer.size());
        if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
        if (count <= 0) {
            fd_.reset();
            return;
        }
        const std::string_view bytes(buffer.data(), static_cast<std::size_t>(count));
        if (text_.size() + bytes.size() <= kMaxCapturedBytes) text_ += bytes;
        if (on_line_ != nullptr && *on_line_) give_lines(bytes);
    }

private:
    void give_lines(std::string_view bytes) {
        line_ += bytes;
        std::size_t begin = 0;
        for (std::size_t end; (end = line_.find('\n', begin)) != std::string::npos; begin = end + 1)
            (*on_line_)(std::string_view(line_).substr(begin, end - begin));
        line_.erase(0, begin);
    }

    UniqueFd fd_;
    const std::function<void(std::string_view)>* on_line_;
    std::string text_;
    std::string line_;
};

// Owns a running child: it is killed and reaped unless wait() was called.
class Child {
public:
    explicit Child(pid_t pid) : pid_(pid) {}
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() {
        if (pid_ > 0) {
            signal(SIGKILL);
            wait();
        }
    }

    // To the whole group: apt's transport methods are children of the child. Before its setpgid the
    // group does not exist yet.
    void signal(int number) const {
        if (::kill(-pid_, number) != 0) ::kill(pid_, number);
    }
    int wait() {
        int status = 0;
        while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
        }
        pid_ = -1;
        return status;
    }

private:
    pid_t pid_;
};

// The last lines of what a failing program said, in one line.
std::string last_words(const std::string& errors) {
    constexpr std::size_t kMaxBytes = 600;
    std::string text = errors.size() > kMaxBytes ? errors.substr(errors.size() - kMaxBytes) : errors;
    while (!text.empty() && text.back() == '\n') text.pop_back();
    for (std::size_t at; (at = text.find('\n')) != std::string::npos;) text.replace(at, 1, "; ");
    return text;
}

Unexpected<Error> failure(const std::string& name, int status, const std::string& errors) {
    const auto says = [&](std::string_view text) { return errors.find(text) != std::string::npos; };
    if (says("No space left on device") || says("enough free space"))
        return Unexpected(Error{ErrorCode::unavailable, "the disk is full (" + name + " said so)", ENOSPC});
    std::string what = name + " failed";
    if (WIFSIGNALED(status)) what += std::string(", killed by signal ") + std::to_string(WTERMSIG(status));
    if (WIFEXITED(status)) what += " with exit status " + std::to_string(WEXITSTATUS(status));
    if (const std::string words = last_words(errors); !words.empty()) what += ": " + words;
    return fail(ErrorCode::io, what);
}

bool requested(const StopFlag* stop) { return stop != nullptr && stop->load(); }

// Reads both outputs until they end. False when it was stopped before that.
bool drain(Capture& output, Capture& errors, const Child& child, const StopFlag* stop) {
    using Clock = std::chrono::steady_clock;
    Clock::time_point kill_at = Clock::time_point::max();
    bool stopped = false;
    while (output.fd() >= 0 || errors.fd() >= 0) {
        if (requested(stop) && !stopped) {
            stopped = true;
            child.signal(SIGTERM);
            kill_at = Clock::now() + kGrace;
        }
        if (Clock::now() >= kill_at) return false;  // ~Child kills
        pollfd ends[2] = {{output.fd(), POLLIN, 0}, {errors.fd(), POLLIN, 0}};
        if (::poll(ends, 2, kPollMilliseconds) <= 0) continue;
        if (ends[0].revents != 0) output.read_some();
        if (ends[1].revents != 0) errors.read_some();
    }
    return !stopped;
}

}  // namespace

Result<std::filesystem::path> find_program(const std::string& name, const std::string& package) {
    if (name.find('/') != std::string::npos) return std::filesystem::path(name);
    const char* path = std::getenv("PATH");
    const std::string folders = std::string(path != nullptr ? path : "/usr/bin:/bin") + ":/usr/sbin:/sbin";
    for (std::size_t begin = 0; begin < folders.size();) {
        const std::size_t end = std::min(folders.find(':', begin), folders.size());
        const std::filesystem::path candidate = std::filesystem::path(folders.substr(begin, end - begin)) / name;
        if (end > begin && ::access(candidate.c_str(), X_OK) == 0) return candidate;
        begin = end + 1;
    }
    return fail(ErrorCode::unavailable, name + " is not installed: run apt-get install " + package);
}

Result<std::string> run(const Command& command) {
    const std::string program = MF_TRY(find_program(command.arguments.front(), command.package)).string();
    const std::string name = std::filesystem::path(program).filename();
    if (requested(command.stop)) return fail(ErrorCode::unavailable, "stopped before " + name);

    auto output_pipe = MF_TRY(Pipe::create());
    auto error_pipe = MF_TRY(Pipe::create());
    std::vector<std::string> arguments = command.arguments;
    std::vector<std::string> environment = child_environment(command.environment);
    const std::vector<char*> argv = pointers(arguments);
    const std::vector<char*> envp = pointers(environment);

    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0) return fail_errno(ErrorCode::io, "cannot start " + name);
    if (pid == 0)
        become(program.c_str(), argv.data(), envp.data(), parent, output_pipe.write.get(), error_pipe.write.get());
    Child child(pid);
    output_pipe.write.reset();
    error_pipe.write.reset();

    Capture output(std::move(output_pipe.read), &command.on_line);
    Capture errors(std::move(error_pipe.read), nullptr);
    const bool complete = drain(output, errors, child, command.stop);
    if (!complete) return fail(ErrorCode::unavailable, "stopped during " + name);

    const int status = child.wait();
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return failure(name, status, errors.take());
    return output.take();
}

}  // namespace mayfly::rootfs
