// Runs a command and all that it starts under ptrace(2), and lets an observer look at each system call of its
// processes, and fail it. Programs that are neither the command nor a microVM process run untraced.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/faults/call_site.h"

namespace mayfly::faults {

// What a process is to Mayfly: a microVM process is `locked` once a filter bounds its system calls.
enum class Role { command, starting, zygote, microvm, locked };
std::string_view to_string(Role role);

// What becomes of a call instead: this errno, or the end of its process.
struct Fault {
    int error = 0;
    bool kills = false;
};

struct Observer {
    std::function<std::optional<Fault>(Role, const Call&, const std::string& site)> on_call;
    // The command, about to end by itself.
    std::function<void(pid_t)> on_end;
};

struct Ending {
    std::optional<int> status;  // of wait(2); absent when the time was over, and all was killed
    std::vector<Role> left;     // processes that were there a while after the command had ended
};

Ending run(const std::vector<std::string>& command, std::chrono::seconds limit, const Observer& observer);

}  // namespace mayfly::faults
