// Running the mayfly command as a person would, and looking at all it leaves.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace mayfly::test {

struct Finished {
    int status = -1;  // exit code, or 128 + signal
    std::string out;
    std::string err;
};

// A process that can be told from a later one with the same number.
struct Process {
    pid_t pid = 0;
    unsigned long long started = 0;  // clock ticks since the machine's start
};

bool is_alive(const Process& process);

// MicroVM processes whose parent has died: there should be none.
std::vector<Process> orphaned_microvms();

// The mayfly binary of this build.
std::string mayfly();

class Command {
public:
    // The first argument is the program.
    explicit Command(std::vector<std::string> arguments) : arguments_(std::move(arguments)) {}
    ~Command();
    Command(const Command&) = delete;
    Command& operator=(const Command&) = delete;

    Command& with(const std::string& variable, const std::string& value);
    Command& without(const std::string& variable);
    Command& input(std::string text);

    Finished run();

    // In a session of its own, as a terminal starts a command.
    void start();
    void signal(int number) const;        // to the command alone
    void signal_group(int number) const;  // as a terminal does on Ctrl-C
    Finished wait();
    // The microVM processes it has right now.
    std::vector<Process> microvms() const;

private:
    void execute() const;

    std::vector<std::string> arguments_;
    std::map<std::string, std::string> set_;
    std::vector<std::string> unset_;
    std::string input_;
    std::filesystem::path scratch_;  // holds stdin, stdout, stderr
    pid_t pid_ = -1;
};

Finished run_mayfly(std::vector<std::string> arguments, std::string input = {});

// A folder that is gone with this object.
class Folder {
public:
    Folder();
    ~Folder();
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    const std::filesystem::path& path() const { return path_; }
    Folder& file(const std::string& name, const std::string& content);

private:
    std::filesystem::path path_;
};

// Polls until the condition holds; false after ten seconds.
template <class Condition>
bool eventually(const Condition& condition);

void sleep_milliseconds(int milliseconds);

template <class Condition>
bool eventually(const Condition& condition) {
    for (int attempt = 0; attempt < 500; ++attempt) {
        if (condition()) return true;
        sleep_milliseconds(20);
    }
    return false;
}

}  // namespace mayfly::test
