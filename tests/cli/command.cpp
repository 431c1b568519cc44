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

namespace mayfly::test {
namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream content;
    content << file.rdbuf();
    return content.str();
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

// Fields of /proc/PID/stat behind the name, which may hold spaces: state, ppid, pgrp, session.
struct Stat {
    std::string name;
    char state = 0;
    pid_t session = 0;
};

Stat stat_of(const fs::path& folder) {
    const std::string text = read_file(folder / "stat");
    const auto open = text.find('(');
    const auto close = text.rfind(')');
    if (close == std::string::npos) return {};
    Stat stat;
    stat.name = text.substr(open, close - open + 1);
    std::istringstream rest(text.substr(close + 1));
    pid_t parent = 0;
    pid_t group = 0;
    rest >> stat.state >> parent >> group >> stat.session;
    return stat;
}

}  // namespace

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
    finished.err = read_file(scratch_ / "err");
    return finished;
}

bool Command::is_running() const {
    siginfo_t info{};
    return ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0;
}

std::vector<std::string> Command::relatives() const {
    std::vector<std::string> found;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator("/proc", error)) {
        const std::string pid = entry.path().filename();
        if (pid.find_first_not_of("0123456789") != std::string::npos || pid == std::to_string(pid_)) continue;
        const Stat stat = stat_of(entry.path());
        if (stat.session == pid_ && stat.state != 'Z') found.push_back(pid + " " + stat.name);
    }
    return found;
}

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
