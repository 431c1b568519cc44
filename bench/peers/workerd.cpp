#include "bench/peers/workerd.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <chrono>
#include <cstring>
#include <thread>

#include "bench/lab/stopwatch.h"
#include "embedded/bench_workerd.h"

namespace mayfly::bench {
namespace {

constexpr int kAttempts = 500;
constexpr std::chrono::milliseconds kBetweenAttempts{10};

std::string configuration(const std::string& socket) {
    return "using Workerd = import \"/workerd/workerd.capnp\";\n"
           "const config :Workerd.Config = (\n"
           "  services = [(name = \"main\", worker = (\n"
           "    modules = [(name = \"worker\", esModule = embed \"worker.js\")],\n"
           "    compatibilityDate = \"2024-01-01\"))],\n"
           "  sockets = [(name = \"http\", address = \"unix:" +
           socket + "\", http = (), service = \"main\")]);\n";
}

Result<UniqueFd> connect_to(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof(address.sun_path)) return fail(ErrorCode::io, path + " is too long for a socket");
    std::memcpy(address.sun_path, path.data(), path.size());
    UniqueFd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    // The socket API takes the general type.
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
        return fail_errno(ErrorCode::unavailable, "workerd does not listen");
    return socket;
}

Result<UniqueFd> connect_when_ready(const std::string& path) {
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        if (auto connection = connect_to(path)) return connection;
        std::this_thread::sleep_for(kBetweenAttempts);
    }
    return connect_to(path);
}

}  // namespace

Result<Workerd> Workerd::start(const std::string& path, const TemporaryFolder& folder) {
    const std::string place = MF_TRY(folder.make_folder("workerd"));
    const std::string socket = place + "/http";
    const std::string text = configuration(socket);
    MF_TRY(folder.write("workerd/worker.js", bench_workerd(), 0644));
    MF_TRY(folder.write("workerd/config.capnp", std::as_bytes(std::span(text)), 0644));
    Daemon process = MF_TRY(Daemon::start({path, "serve", place + "/config.capnp"}));
    UniqueFd connection = MF_TRY(connect_when_ready(socket));
    return Workerd{std::move(process), std::move(connection)};
}

// The reply's text is looked for and not its length: the server may send it in chunks.
Result<double> Workerd::ask(std::string_view event, std::string_view expected) {
    std::string request =
        "POST / HTTP/1.1\r\nHost: bench\r\nContent-Length: " + std::to_string(event.size()) + "\r\n\r\n";
    request += event;
    const Stopwatch watch;
    if (::send(connection_.get(), request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
        return fail_errno(ErrorCode::unavailable, "asking workerd");
    std::string reply;
    std::array<char, 4096> chunk{};
    while (reply.find(expected) == std::string::npos) {
        const ssize_t got = ::recv(connection_.get(), chunk.data(), chunk.size(), 0);
        if (got <= 0) return fail_errno(ErrorCode::unavailable, "workerd ended the connection: " + reply);
        reply.append(chunk.data(), static_cast<std::size_t>(got));
    }
    return watch.microseconds();
}

}  // namespace mayfly::bench
