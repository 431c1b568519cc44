#include "command.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "base/sanitizer.h"

namespace mayfly::test {
namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream content;
    content << file.rdbuf();
    return content.str();
}

// A build with sanitizers warns that a jail of it has no filter of system calls.
std::string without_warning_of_build(std::string text) {
    const std::size_t at = kHasAddressSanitizer ? text.find("warning: this build has sanitizers") : text.npos;
    if (at != text.npos) text.erase(at, text.find('\n', at) + 1 - at);
    return text;
}

fs::path make_folder() {
    std::string name = (fs::temp_directory_path() / "mayfly-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    return name;
}

void redirect(int fd, const fs::path& path, int flags) {
    const int opened = ::open(path.c_str(), flags, 0600);
    if (opened < 0 || ::dup2(opened, fd) < 0) ::_exit(126);
    if (opened != fd) ::close(opened);
}

// Fields of /proc/PID/stat behind the name, which may hold spaces (proc(5)).
struct Stat {
    char state = 0;
    pid_t parent = 0;
    unsigned long long started = 0;
};

Stat stat_of(const fs::path& folder) {
    constexpr int kStartTime = 22;
    const std::string text = read_file(folder / "stat");
    const auto close = text.rfind(')');
    if (close == std::string::npos) return {};
    Stat stat;
    std::istringstream rest(text.substr(close + 1));
    rest >> stat.state >> stat.parent;
    std::string skipped;
    for (int field = 5; field < kStartTime; ++field) rest >> skipped;
    rest >> stat.started;
    return stat;
}

bool is_microvm(const fs::path& folder) {
    const std::string command_line = read_file(folder / "cmdline");
    return command_line.substr(0, command_line.find('\0')) == "mayfly-vmm";
}

std::vector<Process> microvms_of(pid_t parent) {
    std::vector<Process> found;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator("/proc", error)) {
        const std::string pid = entry.path().filename();
        if (pid.find_first_not_of("0123456789") != std::string::npos || !is_microvm(entry.path())) continue;
        const Stat stat = stat_of(entry.path());
        if (stat.parent == parent && stat.state != 'Z') found.push_back({std::stoi(pid), stat.started});
    }
    return found;
}

}  // namespace

bool is_alive(const Process& process) {
    const Stat stat = stat_of("/proc/" + std::to_string(process.pid));
    return stat.started == process.started && stat.state != 'Z' && stat.state != 0;
}

// They are handed to process 1.
std::vector<Process> orphaned_microvms() { return microvms_of(1); }

std::string mayfly() { return MAYFLY_BINARY; }

Command& Command::with(const std::string& variable, const std::string& value) {
    set_[variable] = value;
    return *this;
}

Command& Command::without(const std::string& variable) {
    unset_.push_back(variable);
    return *this;
}

Command& Command::input(std::string text) {
    input_ = std::move(text);
    return *this;
}

Finished Command::run() {
    start();
    return wait();
}

void Command::start() {
    scratch_ = make_folder();
    std::ofstream(scratch_ / "in", std::ios::binary) << input_;
    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("fork");
    if (pid_ == 0) execute();
}

void Command::execute() const {
    ::setsid();
    for (const std::string& variable : unset_) ::unsetenv(variable.c_str());
    for (const auto& [variable, value] : set_) ::setenv(variable.c_str(), value.c_str(), 1);
    redirect(0, scratch_ / "in", O_RDONLY);
    redirect(1, scratch_ / "out", O_WRONLY | O_CREAT | O_TRUNC);
    redirect(2, scratch_ / "err", O_WRONLY | O_CREAT | O_TRUNC);
    std::vector<char*> pointers;
    for (const std::string& argument : arguments_) pointers.push_back(const_cast<char*>(argument.c_str()));
    pointers.push_back(nullptr);
    ::execvp(pointers[0], pointers.data());
    ::_exit(127);
}

void Command::signal(int number) const { ::kill(pid_, number); }

void Command::signal_group(int number) const { ::kill(-pid_, number); }

Finished Command::wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0)
        if (errno != EINTR) throw std::runtime_error("waitpid");
    Finished finished;
    finished.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    finished.out = read_file(scratch_ / "out");
    finished.err = without_warning_of_build(read_file(scratch_ / "err"));
    return finished;
}

std::vector<Process> Command::microvms() const { return microvms_of(pid_); }

Command::~Command() {
    std::error_code error;
    if (!scratch_.empty()) fs::remove_all(scratch_, error);
}

Finished run_mayfly(std::vector<std::string> arguments, std::string input) {
    arguments.insert(arguments.begin(), mayfly());
    Command command(std::move(arguments));
    return command.input(std::move(input)).run();
}

Folder::Folder() : path_(make_folder()) {}

Folder::~Folder() {
    std::error_code error;
    fs::remove_all(path_, error);
}

Folder& Folder::file(const std::string& name, const std::string& content) {
    std::ofstream(path_ / name, std::ios::binary) << content;
    return *this;
}

void sleep_milliseconds(int milliseconds) { std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds)); }

}  // namespace mayfly::test
