#include "bench/invoke/invoke.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "bench/invoke/open_loop.h"
#include "bench/invoke/proofs.h"
#include "bench/invoke/throughput.h"
#include "bench/lab/invocations.h"
#include "bench/peers/process.h"
#include "bench/workloads/reference.h"
#include "embedded/bench_hello_function.h"

namespace mayfly::bench {
namespace {

constexpr std::size_t kMostIsolationProbes = 1000;
constexpr std::size_t kThroughputRuns = 5;
constexpr std::size_t kFreshShare = 20;  // of the proof of flatness: a fresh event costs as much as some tens

struct Question {
    std::string event;
    std::string answer;  // as the same handler gives it on the host
};

Result<Question> ask_the_host() {
    const std::string python = host_python();
    if (python.empty())
        return fail(ErrorCode::unavailable, "python3, which gives the reference reply, is not installed");
    Reference reference = MF_TRY(Reference::start(python, text_of(bench_hello_function()), 0));
    Question question{MF_TRY(reference.make_event(1)), {}};
    question.answer = MF_TRY(reference.run(question.event)).reply;
    return question;
}

Row mode_row(Function& function, const Question& question, Mode mode, std::string what, std::size_t share) {
    return {std::string(to_string(mode)), std::move(what), false, share,
            [&function, &question, mode] { return time_invocation(function, question.event, mode, question.answer); }};
}

Result<void> measure_serial(Function& function, const Question& question, const InvokeBenchOptions& options,
                            Report& report) {
    const std::vector<Row> rows{
        mode_row(function, question, Mode::pristine, "next event, microVM reset to its snapshot", 1),
        mode_row(function, question, Mode::stateful, "next event, microVM keeps its state", 1),
        mode_row(function, question, Mode::fresh, "new process, VM and restore, to the reply", 5)};
    Measured measured = MF_TRY(measure_in_turns(rows, options.samples, options.progress));
    report.series = std::move(measured.series);
    return {};
}

Table::Row throughput_row(const std::string& name, double rate, std::size_t microvms) {
    return {name, {rate, 1e6 * static_cast<double>(microvms) / rate}, "pristine, the next event is always there"};
}

// Gives the capacity of one microVM, events a second. The medians of runs with one and with two in turns.
Result<double> measure_capacity(std::vector<Function>& functions, const Question& question,
                                const InvokeBenchOptions& options, Report& report) {
    std::vector<Function> one{functions.front()};
    std::vector<double> alone;
    std::vector<double> together;
    Series back_to_back;
    back_to_back.name = "back_to_back";
    back_to_back.what = "pristine, one event after the other and nothing else";
    for (std::size_t run = 0; run < kThroughputRuns; ++run) {
        if (options.progress) options.progress("throughput", run, kThroughputRuns);
        const Throughput of_one = MF_TRY(measure_throughput(one, question.event, question.answer, options.samples));
        alone.push_back(of_one.per_second);
        for (const Sample& sample : of_one.taken.front()) back_to_back.add(sample);
        const Throughput of_two =
            MF_TRY(measure_throughput(functions, question.event, question.answer, options.samples));
        together.push_back(of_two.per_second);
    }
    report.series.push_back(std::move(back_to_back));
    const double capacity = percentiles(alone).p50;
    Table table;
    table.name = "throughput";
    table.title = "Closed loop: event in to ready for the next";
    table.columns = {{"throughput", "throughput", Unit::per_second}, {"occupancy", "occupancy", Unit::microseconds}};
    table.rows = {throughput_row("one_microvm", capacity, 1),
                  throughput_row("two_microvms", percentiles(together).p50, 2)};
    report.tables.push_back(std::move(table));
    return capacity;
}

Result<void> measure_open(Function& function, const Question& question, double capacity,
                          const InvokeBenchOptions& options, Report& report) {
    std::vector<LoadLevel> levels = MF_TRY(
        measure_open_loop(function, question.event, question.answer, capacity, options.samples, options.progress));
    report.tables.push_back(table_of(levels));
    report.chart = chart_of(levels);
    report.notes.push_back(
        fmt::format("open loop: the knee is at {:.0f} % of capacity, the highest load whose p90 is at most three times "
                    "that at {:.0f} "
                    "%; from 100 % on the queue grows as long as events come",
                    knee_of(levels) * 100, levels.front().load * 100));
    for (LoadLevel& level : levels) {
        level.latency.is_detail = true;  // the table has it
        report.series.push_back(std::move(level.latency));
    }
    return {};
}

Result<void> measure_many(Engine& engine, const FunctionOptions& code, const Question& question,
                          const InvokeBenchOptions& options, Report& report) {
    StateFolder state = MF_TRY(StateFolder::with_image(engine, options.image, options.on_interrupt));
    const ChurnOptions churn_options{options.functions, options.ready, options.samples};
    Churn churn = MF_TRY(measure_churn(state, code, question.event, question.answer, churn_options, options.progress));
    report.tables.push_back(std::move(churn.table));
    report.series.push_back(std::move(churn.ready));
    report.series.push_back(std::move(churn.absent));
    return {};
}

}  // namespace

Result<Report> measure_invoke(Engine& engine, const InvokeBenchOptions& options) {
    const Question question = MF_TRY(ask_the_host());
    const TemporaryFolder folder = MF_TRY(TemporaryFolder::in(engine.home()));
    const FunctionOptions code =
        MF_TRY(describe_function(folder, "hello", {{"app.py", bench_hello_function()}}, options.image));
    std::vector<Function> functions;
    for (int count = 0; count < 2; ++count) functions.push_back(MF_TRY(engine.temporary_function(code)));

    Report report;
    report.title = "Invocations";
    report.machine = this_machine();
    const MachineUse use;
    MF_TRY(measure_serial(functions.front(), question, options, report));
    const double capacity = MF_TRY(measure_capacity(functions, question, options, report));
    MF_TRY(measure_open(functions.front(), question, capacity, options, report));
    MF_TRY(measure_many(engine, code, question, options, report));
    use.add_to(report.machine);

    const std::size_t probes = std::min(options.proof_invocations, kMostIsolationProbes);
    report.proofs = MF_TRY(prove_isolation(engine, folder, options.image, probes, options.progress));
    for (const auto& [mode, share] : {std::pair(Mode::pristine, std::size_t{1}), std::pair(Mode::fresh, kFreshShare)})
        report.proofs.push_back(
            MF_TRY(prove_flatness(functions.front(), mode, question.event, question.answer,
                                  std::max(options.proof_invocations / share, kFewest), options.progress)));
    report.notes.emplace_back("every reply was compared with that of the same handler in a Python on the host");
    return report;
}

}  // namespace mayfly::bench
