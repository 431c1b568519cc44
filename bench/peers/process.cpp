#include "bench/peers/process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <sstream>

#include "bench/lab/stopwatch.h"

namespace mayfly::bench {
namespace {

constexpr std::size_t kChunk = 65'536;  // a pipe holds as much

std::vector<char*> pointers(const std::vector<std::string>& arguments) {
    std::vector<char*> result;
    result.reserve(arguments.size() + 1);
    // posix_spawn takes char* for history's sake and does not write to it.
    for (const std::string& argument : arguments) result.push_back(const_cast<char*>(argument.c_str()));
    result.push_back(nullptr);
    return result;
}

class FileActions {
public:
    FileActions() { ::posix_spawn_file_actions_init(&actions_); }
    FileActions(const FileActions&) = delete;
    FileActions& operator=(const FileActions&) = delete;
    ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }

    void open(int fd, const char* path, int flags) {
        ::posix_spawn_file_actions_addopen(&actions_, fd, path, flags, 0);
    }
    void dup(int from, int to) { ::posix_spawn_file_actions_adddup2(&actions_, from, to); }
    const posix_spawn_file_actions_t* get() const { return &actions_; }

private:
    posix_spawn_file_actions_t actions_{};
};

void silence(FileActions& actions) {
    actions.open(0, "/dev/null", O_RDONLY);
    actions.open(1, "/dev/null", O_WRONLY);
    actions.open(2, "/dev/null", O_WRONLY);
}

Result<pid_t> spawn(const std::vector<std::string>& arguments, const FileActions& actions) {
    pid_t pid = 0;
    const int error =
        ::posix_spawn(&pid, arguments.at(0).c_str(), actions.get(), nullptr, pointers(arguments).data(), environ);
    if (error != 0) {
        errno = error;
        return fail_errno(ErrorCode::unavailable, arguments.at(0) + " can't be started");
    }
    return pid;
}

Result<int> reap(pid_t pid) {
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) return fail_errno(ErrorCode::io, "waitpid");
    return status;
}

}  // namespace

std::string find_program(const std::string& name) {
    const char* path = std::getenv("PATH");
    // runc lies where only root's PATH looks.
    std::istringstream folders(std::string(path != nullptr ? path : "/usr/bin:/bin") + ":/usr/sbin:/sbin");
    for (std::string folder; std::getline(folders, folder, ':');) {
        folder.append("/").append(name);
        if (::access(folder.c_str(), X_OK) == 0) return folder;
    }
    return {};
}

std::string host_python() {
    constexpr const char* kSystemPython = "/usr/bin/python3";
    return ::access(kSystemPython, X_OK) == 0 ? kSystemPython : find_program("python3");
}

Result<double> time_program(const std::vector<std::string>& arguments) {
    FileActions actions;
    silence(actions);

    const Stopwatch watch;
    const pid_t pid = MF_TRY(spawn(arguments, actions));
    const int status = MF_TRY(reap(pid));
    const double elapsed = watch.microseconds();

    if (status != 0) return fail(ErrorCode::unavailable, arguments.at(0) + " does not work here (it failed)");
    return elapsed;
}

Result<std::string> capture_program(const std::vector<std::string>& arguments) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno(ErrorCode::io, "pipe2");
    const UniqueFd from(ends[0]);
    UniqueFd to(ends[1]);
    FileActions actions;
    actions.open(0, "/dev/null", O_RDONLY);
    actions.dup(to.get(), 1);
    const pid_t pid = MF_TRY(spawn(arguments, actions));
    to.reset();  // so that the program's end is the end of its output

    std::string text;
    std::array<char, kChunk> chunk{};
    for (;;) {
        const ssize_t got = ::read(from.get(), chunk.data(), chunk.size());
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        text.append(chunk.data(), static_cast<std::size_t>(got));
    }
    if (MF_TRY(reap(pid)) != 0) return fail(ErrorCode::unavailable, arguments.at(0) + " failed");
    return text;
}

Result<Daemon> Daemon::start(const std::vector<std::string>& arguments) {
    FileActions actions;
    silence(actions);
    return Daemon{MF_TRY(spawn(arguments, actions))};
}

Daemon::~Daemon() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    static_cast<void>(reap(pid_));
}

Result<Peer> Peer::start(const std::vector<std::string>& arguments) {
    std::array<int, 2> input{};
    std::array<int, 2> output{};
    if (::pipe2(input.data(), O_CLOEXEC) != 0) return fail_errno(ErrorCode::io, "pipe2");
    UniqueFd input_read(input[0]);
    UniqueFd input_write(input[1]);
    if (::pipe2(output.data(), O_CLOEXEC) != 0) return fail_errno(ErrorCode::io, "pipe2");
    UniqueFd output_read(output[0]);
    UniqueFd output_write(output[1]);

    FileActions actions;
    actions.dup(input_read.get(), 0);
    actions.dup(output_write.get(), 1);
    const pid_t pid = MF_TRY(spawn(arguments, actions));
    return Peer{pid, std::move(input_write), std::move(output_read)};
}

Peer::Peer(Peer&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), to_(std::move(other.to_)), from_(std::move(other.from_)) {}

Peer::~Peer() {
    if (pid_ < 0) return;
    to_.reset();  // the end of its input ends it
    if (!reap(pid_)) ::kill(pid_, SIGKILL);
}

Result<void> Peer::write_line(std::string line) {
    line += '\n';
    if (::write(to_.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()))
        return fail_errno(ErrorCode::io, "writing to a peer");
    return {};
}

Result<std::string> Peer::read_line() {
    std::string line;
    std::array<char, kChunk> chunk{};
    while (!line.ends_with('\n')) {
        const ssize_t got = ::read(from_.get(), chunk.data(), chunk.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_errno(ErrorCode::io, "reading from a peer");
        if (got == 0) return fail(ErrorCode::unavailable, "a peer ended without a reply");
        line.append(chunk.data(), static_cast<std::size_t>(got));
    }
    line.pop_back();
    return line;
}

}  // namespace mayfly::bench
