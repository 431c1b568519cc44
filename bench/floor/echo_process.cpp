#include "bench/floor/echo_process.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <array>

#include "bench/lab/stopwatch.h"

namespace mayfly::bench {
namespace {

[[noreturn]] void echo(int socket) {
    std::array<char, 64> packet{};
    for (;;) {
        const ssize_t got = ::recv(socket, packet.data(), packet.size(), 0);
        if (got <= 0) ::_exit(0);
        if (::send(socket, packet.data(), static_cast<std::size_t>(got), 0) != got) ::_exit(1);
    }
}

}  // namespace

Result<EchoProcess> EchoProcess::start() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return fail_errno(ErrorCode::io, "socketpair");
    UniqueFd ours(ends[0]);
    UniqueFd theirs(ends[1]);
    const pid_t pid = ::fork();
    if (pid < 0) return fail_errno(ErrorCode::io, "fork");
    if (pid == 0) {
        ours.reset();
        echo(theirs.get());
    }
    return EchoProcess{pid, std::move(ours)};
}

EchoProcess::~EchoProcess() {
    if (pid_ < 0) return;
    socket_.reset();  // the end of its input ends it
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
}

Result<double> EchoProcess::round_trip() {
    std::array<char, 64> packet{};
    const Stopwatch watch;
    if (::send(socket_.get(), packet.data(), packet.size(), 0) < 0) return fail_errno(ErrorCode::io, "send");
    if (::recv(socket_.get(), packet.data(), packet.size(), 0) <= 0) return fail_errno(ErrorCode::io, "recv");
    return watch.microseconds();
}

}  // namespace mayfly::bench
