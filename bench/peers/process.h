// Spawning programs for the peers.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

#include "base/error.h"
#include "base/unique_fd.h"

namespace mayfly::bench {

// The path of a program in PATH, or "".
std::string find_program(const std::string& name);
// The system's python3, before whatever a version manager puts in front of it in PATH; or "".
std::string host_python();

// Runs a program to its end, its output thrown away; microseconds from spawn to reap. An Error when
// it can't be started or does not exit with 0.
Result<double> time_program(const std::vector<std::string>& arguments);

// Runs a program to its end; what it printed on standard output.
Result<std::string> capture_program(const std::vector<std::string>& arguments);

// A server: its output is thrown away, and it is killed with this object.
class Daemon {
public:
    static Result<Daemon> start(const std::vector<std::string>& arguments);
    Daemon(Daemon&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;
    Daemon& operator=(Daemon&&) = delete;
    ~Daemon();

private:
    explicit Daemon(pid_t pid) : pid_(pid) {}

    pid_t pid_;
};

// A program that is talked to over its standard input and output; ends with this object.
class Peer {
public:
    static Result<Peer> start(const std::vector<std::string>& arguments);
    Peer(Peer&& other) noexcept;
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;
    Peer& operator=(Peer&&) = delete;
    ~Peer();

    Result<void> write_line(std::string line);
    Result<std::string> read_line();

private:
    Peer(pid_t pid, UniqueFd to, UniqueFd from) : pid_(pid), to_(std::move(to)), from_(std::move(from)) {}

    pid_t pid_;
    UniqueFd to_;
    UniqueFd from_;
};

}  // namespace mayfly::bench
