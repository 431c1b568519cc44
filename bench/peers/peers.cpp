#include "bench/peers/peers.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "bench/lab/invocations.h"
#include "bench/lab/stopwatch.h"
#include "bench/peers/oci_bundle.h"
#include "embedded/bench_cpu_bound.h"
#include "embedded/bench_fork_server.h"
#include "embedded/bench_handler.h"

namespace mayfly::bench {
namespace {

Row program_row(std::string name, std::string what, std::size_t share, std::vector<std::string> arguments) {
    return {std::move(name), std::move(what), true, share,
            timed([arguments = std::move(arguments)] { return time_program(arguments); })};
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
                    timed([this, event = std::string(event)]() -> Result<double> {
                        const Stopwatch watch;
                        MF_TRY(fork_server_->write_line(event));
                        MF_TRY(fork_server_->read_line());
                        return watch.microseconds();
                    })});
}

void Peers::add_cpu(std::vector<Row>& rows, const std::string& python) {
    auto server =
        Peer::start({python, "-S", "-c", text_of(bench_fork_server()), text_of(bench_cpu_bound()), "in place"});
    if (!server || server->read_line().value_or("") != "ready") {
        notes_.emplace_back("left out: peer_cpu_python (its Python does not start)");
        return;
    }
    cpu_server_.emplace(std::move(*server));
    rows.push_back({"peer_cpu_python", "the same on the host", true, 10, timed([this]() -> Result<double> {
                        MF_TRY(cpu_server_->write_line("{}"));
                        return std::strtod(MF_TRY(cpu_server_->read_line()).c_str(), nullptr);
                    })});
}

// Both take the same bundle.
Result<void> Peers::add_containers(std::vector<Row>& rows, const TemporaryFolder& folder, const std::string& python) {
    std::string bundle;
    for (const std::string& name : {std::string("runc"), std::string("crun")}) {
        const std::string program = find_program(name);
        if (program.empty()) {
            notes_.push_back(fmt::format("left out: peer_{0}_python ({0} is not installed)", name));
            continue;
        }
        if (bundle.empty()) bundle = MF_TRY(make_oci_bundle(folder, python));
        rows.push_back(program_row("peer_" + name + "_python", "the same in a " + name + " container", 20,
                                   {program, "--root", folder.path() + "/" + name + "-state", "run", "--bundle", bundle,
                                    "mayfly-bench-" + std::to_string(::getpid())}));
    }
    return {};
}

void Peers::add_workerd(std::vector<Row>& rows, const TemporaryFolder& folder, std::string_view event,
                        const std::string& path) {
    auto server =
        path.empty() ? Result<Workerd>(fail(ErrorCode::unavailable, "see --workerd")) : Workerd::start(path, folder);
    if (!server) {
        notes_.push_back("left out: peer_workerd (" + server.error().message() + ")");
        return;
    }
    workerd_.emplace(std::move(*server));
    rows.push_back({"peer_workerd", "a warm V8 isolate in workerd, the same in JavaScript, HTTP", true, 1,
                    timed([this, event = std::string(event)] {
                        return workerd_->ask(event, R"({"greeting":"hello Ada","n":4950})");
                    })});
}

Result<void> Peers::add_rows(std::vector<Row>& rows, const TemporaryFolder& folder, std::string_view event,
                             const std::string& workerd) {
    add_workerd(rows, folder, event, workerd);
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

    return add_containers(rows, folder, python);
}

}  // namespace mayfly::bench
