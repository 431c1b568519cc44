// mayfly-inject: runs a command of Mayfly and lets one system call of it, or of the processes that it starts, fail.
//
//   mayfly-inject --report FILE [--seconds N] [--at ROLE/CALL/SITE (--error ERRNO | --kill)] -- COMMAND...
//
// The report has lines of these kinds:
//   site ROLE/CALL/SITE COUNT       each place a call is made from (call_site.h)
//   reached                         the call of --at was there, and has failed
//   exited STATUS | killed SIGNAL | hung
//   descriptor WHAT                 of those the command held at its end
//   left ROLE                       a process that outlived the command
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>

#include "tests/faults/tracer.h"

namespace mayfly::faults {
namespace {

struct Options {
    std::string report;
    std::chrono::seconds limit{30};
    std::string at;
    Fault fault;
    std::vector<std::string> command;
};

Options parse(const std::vector<std::string>& arguments) {
    Options options;
    for (std::size_t index = 0; index < arguments.size(); ++index) {
        const std::string& name = arguments[index];
        if (name == "--") {
            options.command.assign(arguments.begin() + static_cast<std::ptrdiff_t>(index) + 1, arguments.end());
            return options;
        }
        if (name == "--kill") {
            options.fault.kills = true;
            continue;
        }
        const std::string value = arguments.at(++index);
        if (name == "--report") options.report = value;
        if (name == "--seconds") options.limit = std::chrono::seconds(std::atoi(value.c_str()));
        if (name == "--at") options.at = value;
        if (name == "--error") options.fault.error = std::atoi(value.c_str());
    }
    return options;
}

std::string end_of(const Ending& ending) {
    if (!ending.status) return "hung";
    if (WIFSIGNALED(*ending.status)) return "killed " + std::to_string(WTERMSIG(*ending.status));
    return "exited " + std::to_string(WEXITSTATUS(*ending.status));
}

void report_descriptors(pid_t process, std::ostream& report) {
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(process) + "/fd", none)) {
        const std::string number = entry.path().filename().string();
        if (std::atoi(number.c_str()) <= STDERR_FILENO) continue;
        report << "descriptor " << std::filesystem::read_symlink(entry, none).string() << '\n';
    }
}

void inject(const Options& options) {
    std::ostringstream descriptors;
    std::map<std::string, unsigned> sites;
    bool is_reached = false;
    Observer observer;
    observer.on_call = [&](Role role, const Call& call, const std::string& site) -> std::optional<Fault> {
        const std::string name = std::string(to_string(role)) + "/" + name_of(call) + "/" + site;
        ++sites[name];
        if (is_reached || name != options.at) return std::nullopt;
        is_reached = true;
        return options.fault;
    };
    observer.on_end = [&](pid_t process) { report_descriptors(process, descriptors); };

    const Ending ending = run(options.command, options.limit, observer);

    std::ofstream report(options.report);
    report << descriptors.str();
    if (options.at.empty())
        for (const auto& [site, count] : sites) report << "site " << site << ' ' << count << '\n';
    if (is_reached) report << "reached\n";
    report << end_of(ending) << '\n';
    for (const Role role : ending.left) report << "left " << to_string(role) << '\n';
}

}  // namespace
}  // namespace mayfly::faults

int main(int count, char** arguments) {
    mayfly::faults::inject(mayfly::faults::parse({arguments + 1, arguments + count}));
}
