// A process that sends every packet back: the floor of any design with a process per microVM.
#pragma once

#include <utility>

#include <sys/types.h>

#include "base/error.h"
#include "base/unique_fd.h"

namespace mayfly::bench {

class EchoProcess {
public:
    static Result<EchoProcess> start();
    EchoProcess(EchoProcess&& other) noexcept
        : pid_(std::exchange(other.pid_, -1)), socket_(std::move(other.socket_)) {}
    EchoProcess(const EchoProcess&) = delete;
    EchoProcess& operator=(const EchoProcess&) = delete;
    EchoProcess& operator=(EchoProcess&&) = delete;
    ~EchoProcess();

    Result<double> round_trip();  // microseconds

private:
    EchoProcess(pid_t pid, UniqueFd socket) : pid_(pid), socket_(std::move(socket)) {}

    pid_t pid_;
    UniqueFd socket_;
};

}  // namespace mayfly::bench
