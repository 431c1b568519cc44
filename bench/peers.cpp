#include "bench/peers.h"

#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "bench/runc_bundle.h"
#include "bench/stopwatch.h"
#include "embedded/bench_cpu_bound.h"
#include "embedded/bench_fork_server.h"
#include "embedded/bench_handler.h"

namespace mayfly::bench {
namespace {

std::string text_of(std::span<const std::byte> bytes) {
    std::string text;
    for (const std::byte byte : bytes) text += static_cast<char>(byte);
    return text;
}

// The system's, before whatever a version manager puts in front of it in PATH: its start is what is timed.
std::string host_python() {
    constexpr const char* kSystemPython = "/usr/bin/python3";
    return ::access(kSystemPython, X_OK) == 0 ? kSystemPython : find_program("python3");
}

Row program_row(std::string name, std::string what, std::size_t share, std::vector<std::string> arguments) {
    return {std::move(name), std::move(what), true, share,
            [arguments = std::move(arguments)] { return time_program(arguments); }};
}

// Namespaces as a container has them, the host's files read-only.
std::vector<std::string> bwrap_python(const std::string& bwrap, const std::string& python) {
    return {bwrap,
            "--unshare-all",
            "--die-with-parent",
            "--ro-bind",
            "/",
            "/",
            "--dev",
            "/dev",
            "--proc",
            "/proc",
            python,
            "-S",
            "-c",
            "pass"};
}

}  // namespace

void Peers::add_fork(std::vector<Row>& rows, const std::string& python, std::string_view event) {
    auto server = Peer::start({python, "-S", "-c", text_of(bench_fork_server()), text_of(bench_handler())});
    if (!server || server->read_line().value_or("") != "ready") {
        notes_.emplace_back("left out: peer_fork (its Python does not start)");
        return;
    }
    fork_server_.emplace(std::move(*server));
    rows.push_back({"peer_fork", "fork() of a warm Python, same handler, no isolation", true, 1,
                    [this, event = std::string(event)]() -> Result<double> {
                        const Stopwatch watch;
                        MF_TRY(fork_server_->write_line(event));
                        MF_TRY(fork_server_->read_line());
                        return watch.microseconds();
                    }});
}

void Peers::add_cpu(std::vector<Row>& rows, const std::string& python) {
    auto server =
        Peer::start({python, "-S", "-c", text_of(bench_fork_server()), text_of(bench_cpu_bound()), "in place"});
    if (!server || server->read_line().value_or("") != "ready") {
        notes_.emplace_back("left out: peer_cpu_python (its Python does not start)");
        return;
    }
    cpu_server_.emplace(std::move(*server));
    rows.push_back({"peer_cpu_python", "the same on the host", true, 10, [this]() -> Result<double> {
                        MF_TRY(cpu_server_->write_line("{}"));
                        return std::strtod(MF_TRY(cpu_server_->read_line()).c_str(), nullptr);
                    }});
}

Result<void> Peers::add_rows(std::vector<Row>& rows, const TemporaryFolder& folder, std::string_view event) {
    const std::string python = host_python();
    if (python.empty()) {
        notes_.emplace_back("left out: all Python peers (python3 is not installed on this host)");
        return {};
    }
    add_cpu(rows, python);
    add_fork(rows, python, event);
    rows.push_back(
        program_row("peer_spawn_python", "python3 -S -c pass on the host", 10, {python, "-S", "-c", "pass"}));

    if (const std::string bwrap = find_program("bwrap"); !bwrap.empty())
        rows.push_back(program_row("peer_bwrap_python", "the same in bubblewrap", 20, bwrap_python(bwrap, python)));
    else
        notes_.emplace_back("left out: peer_bwrap_python (bubblewrap is not installed)");

    if (const std::string runc = find_program("runc"); !runc.empty()) {
        const std::string bundle = MF_TRY(make_runc_bundle(folder, python));
        rows.push_back(program_row("peer_runc_python", "the same in a runc container", 20,
                                   {runc, "--root", folder.path() + "/runc-state", "run", "--bundle", bundle,
                                    "mayfly-bench-" + std::to_string(::getpid())}));
    } else {
        notes_.emplace_back("left out: peer_runc_python (runc is not installed)");
    }
    return {};
}

}  // namespace mayfly::bench
