#include "bench/syscalls/syscalls.h"

#include <array>
#include <functional>
#include <sstream>
#include <utility>

#include "bench/lab/temporary_folder.h"
#include "bench/peers/process.h"
#include "embedded/bench_operations.h"

namespace mayfly::bench {
namespace {

struct Side {
    std::string name;
    bool is_peer = false;
    std::function<Result<std::string>()> run;  // gives the program's output
    std::vector<Series> series = {};           // one an operation
};

Result<std::string> run_in_microvm(const Engine& engine, const ExecOptions& options) {
    std::string text;
    ExecOptions now = options;
    now.output = [&text](LogStream, std::string_view part) { text += part; };
    const ExecResult result = MF_TRY(engine.exec(now));
    if (result.outcome != Outcome::finished || result.exit_code != 0)
        return fail(ErrorCode::microvm, "the operations ended with status " + std::to_string(result.exit_code) + ", " +
                                            std::string(to_string(result.outcome)) + ": " + result.cause + text);
    return text;
}

Result<void> take_sample(Side& side) {
    const std::vector<Operation> operations = MF_TRY(parse_operations(MF_TRY(side.run())));
    if (side.series.empty()) {
        side.series.resize(operations.size());
        for (std::size_t index = 0; index < operations.size(); ++index) {
            side.series[index].name = operations[index].name + "/" + side.name;
            side.series[index].is_peer = side.is_peer;
        }
    }
    if (operations.size() != side.series.size()) return fail(ErrorCode::internal, "an operation is missing");
    for (std::size_t index = 0; index < operations.size(); ++index)
        side.series[index].samples.push_back(operations[index].nanoseconds / 1e3);
    return {};
}

Table ratios(const Side& outside, const Side& inside) {
    Table table;
    table.name = "operations";
    table.title = "p50 of one operation";
    table.columns = {{"outside", "outside", Unit::microseconds},
                     {"inside", "inside", Unit::microseconds},
                     {"inside_outside", "inside/outside", Unit::ratio}};
    for (std::size_t index = 0; index < outside.series.size(); ++index) {
        const std::string& name = outside.series[index].name;
        const double before = percentiles(outside.series[index].samples).p50;
        const double now = percentiles(inside.series[index].samples).p50;
        table.rows.push_back({name.substr(0, name.find('/')), {before, now, now / before}, {}});
    }
    return table;
}

Result<void> take_turns(std::array<Side, 2>& sides, const SyscallOptions& options) {
    for (std::size_t round = 0; round < options.samples; ++round) {
        if (options.progress) options.progress("measuring", round, options.samples);
        // The side that is first changes from round to round.
        MF_TRY(take_sample(sides[round % 2]));
        MF_TRY(take_sample(sides[1 - round % 2]));
    }
    return {};
}

}  // namespace

Result<std::vector<Operation>> parse_operations(std::string_view output) {
    std::istringstream lines{std::string(output)};
    std::vector<Operation> operations;
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        Operation operation;
        if (!(words >> operation.name >> operation.nanoseconds) || operation.nanoseconds <= 0)
            return fail(ErrorCode::internal, "the operations printed '" + line + "'");
        operations.push_back(std::move(operation));
    }
    if (operations.empty()) return fail(ErrorCode::internal, "the operations printed nothing");
    return operations;
}

Result<Report> measure_syscalls(Engine& engine, const SyscallOptions& options) {
    const TemporaryFolder folder = MF_TRY(TemporaryFolder::in(engine.home()));
    const std::string program = MF_TRY(folder.make_folder("program"));
    MF_TRY(folder.write("program/operations", bench_operations(), 0755));
    ExecOptions exec;
    exec.image = options.image;
    exec.mounts = {{program, "/mnt"}};
    exec.arguments = {"/mnt/operations"};

    std::array<Side, 2> sides{Side{"outside", true, [&] { return capture_program({program + "/operations"}); }},
                              Side{"inside", false, [&] { return run_in_microvm(engine, exec); }}};
    Report report;
    report.title = "System calls inside and outside";
    report.machine = this_machine();
    const MachineUse use;
    MF_TRY(take_turns(sides, options));
    use.add_to(report.machine);
    report.tables = {ratios(sides[0], sides[1])};
    for (std::size_t index = 0; index < sides[0].series.size(); ++index)
        for (Side& side : sides) report.series.push_back(std::move(side.series[index]));
    report.notes.emplace_back(
        "each sample is the mean of a batch in one run of the program, on one processor; a ping-pong is there and "
        "back; touch_64m and mmap_touch_munmap_1m are the whole, not a page; host files lie in /dev/shm where it is");
    return report;
}

}  // namespace mayfly::bench
