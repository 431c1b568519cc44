#include "bench/startup/startup.h"

#include <cstdlib>
#include <string>
#include <utility>

#include "bench/lab/invocations.h"
#include "bench/lab/rows.h"
#include "bench/lab/stopwatch.h"
#include "bench/lab/temporary_folder.h"
#include "bench/peers/peers.h"
#include "embedded/bench_cpu_bound.h"
#include "embedded/bench_handler.h"
#include "embedded/bench_hello_image.h"

namespace mayfly::bench {
namespace {

constexpr std::string_view kEvent = R"({"name": "Ada", "n": 100})";

Result<double> time_exec(const Engine& engine, const ExecOptions& options) {
    const Stopwatch watch;
    const ExecResult result = MF_TRY(engine.exec(options));
    const double elapsed = watch.microseconds();
    if (result.outcome != Outcome::finished || result.exit_code != 0)
        return fail(ErrorCode::microvm, std::string(to_string(result.outcome)) + " with status " +
                                            std::to_string(result.exit_code) + ": " + result.cause);
    return elapsed;
}

// What the function says it took: without the way to it and back.
Result<double> time_in_function(Function& function) {
    const Invocation invocation = MF_TRY(invoke(function, "{}", Mode::stateful));
    return std::strtod(invocation.reply.c_str(), nullptr);
}

Row invocation_row(Function& function, Mode mode, std::string what, std::size_t share) {
    return {std::string(to_string(mode)), std::move(what), false, share,
            [&function, mode] { return time_invocation(function, kEvent, mode); }};
}

Result<Function> load_function(const Engine& engine, const TemporaryFolder& folder, const std::string& name,
                               std::span<const std::byte> source, const std::string& image) {
    return engine.temporary_function(MF_TRY(describe_function(folder, name, {{"app.py", source}}, image)));
}

// The program lies in a ready image, so that copying it in is not timed.
Result<ExecOptions> static_hello(const TemporaryFolder& folder, const std::string& image) {
    MF_TRY(folder.write("hello.erofs", bench_hello_image(), 0644));
    ExecOptions options;
    options.image = image;
    options.mounts = {{folder.path() + "/hello.erofs", "/mnt"}};
    options.arguments = {"/mnt/hello"};
    return options;
}

ExecOptions boot_python(const std::string& image) {
    ExecOptions options;
    options.image = image;
    options.arguments = {"/usr/bin/python3", "-S", "-c", "pass"};
    return options;
}

// Its successor is made when it has answered, as it would be in use.
Row ready_row(Engine& engine, Function& function, const std::string& image, std::size_t share) {
    return {"fresh_ready", "a microVM that waits with the runtime and ran nothing, to the reply", false, share,
            [&]() -> Result<Sample> {
                MF_TRY(engine.keep_ready(image, 1));
                Sample sample = MF_TRY(time_invocation(function, kEvent, Mode::fresh));
                MF_TRY(engine.keep_ready(image, 0));
                return sample;
            }};
}

}  // namespace

Result<Report> measure_startup(Engine& engine, const StartupOptions& options) {
    const TemporaryFolder folder = MF_TRY(TemporaryFolder::in(engine.home()));
    Function function = MF_TRY(load_function(engine, folder, "hello", bench_handler(), options.image));
    Function cpu_bound = MF_TRY(load_function(engine, folder, "cpu", bench_cpu_bound(), options.image));
    const ExecOptions hello = MF_TRY(static_hello(folder, options.image));
    const ExecOptions python = boot_python(options.image);

    std::vector<Row> rows;
    rows.push_back(invocation_row(function, Mode::pristine, "next event, microVM reset to its snapshot", 1));
    rows.push_back(invocation_row(function, Mode::stateful, "next event, microVM keeps its state", 1));
    rows.push_back(invocation_row(function, Mode::fresh, "new process, VM and restore, to the reply", 5));
    rows.push_back(ready_row(engine, function, options.image, 5));
    rows.push_back({"boot_static", "cold boot to the exit of a static hello", false, 10,
                    timed([&] { return time_exec(engine, hello); })});
    rows.push_back({"boot_python", "cold boot of python3 -S -c pass", false, 20,
                    timed([&] { return time_exec(engine, python); })});
    rows.push_back({"cpu_python", "a loop of float, dict, json and re, in a microVM", false, 10,
                    timed([&] { return time_in_function(cpu_bound); })});
    Peers peers;
    MF_TRY(peers.add_rows(rows, folder, kEvent, options.workerd));

    Report report;
    report.title = "Start-up latency";
    report.machine = this_machine();
    report.reference = "pristine";
    const MachineUse use;
    Measured measured = MF_TRY(measure_in_turns(rows, options.samples, options.progress));
    use.add_to(report.machine);
    report.series = std::move(measured.series);
    report.notes = peers.notes();
    report.notes.insert(report.notes.end(), measured.notes.begin(), measured.notes.end());
    report.notes.emplace_back("event in, reply out, by wall clock; rows took turns in " + std::to_string(kRounds) +
                              " rounds after " + std::to_string(kWarmUps) + " uncounted samples each");
    return report;
}

}  // namespace mayfly::bench
