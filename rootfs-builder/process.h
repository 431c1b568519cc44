// Runs a program: no shell, output captured, ended with its parent.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "rootfs-builder/progress.h"

namespace mayfly::rootfs {

struct Command {
    std::vector<std::string> arguments;    // [0] is a name to find, or a path with a slash
    std::vector<std::string> environment;  // "NAME=value"; besides PATH, HOME, LC_ALL and proxies nothing is inherited
    std::string package;                   // the Debian package to install when the program is missing
    std::function<void(std::string_view)> on_line;  // each line of standard output, as it comes
    const StopFlag* stop = nullptr;
};

// What the program wrote to standard output; an error with the end of its standard error when its
// exit status is not 0.
Result<std::string> run(const Command& command);

// The path of a program: in PATH, /usr/sbin or /sbin.
Result<std::filesystem::path> find_program(const std::string& name, const std::string& package);

}  // namespace mayfly::rootfs
