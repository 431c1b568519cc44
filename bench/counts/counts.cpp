#include "bench/counts/counts.h"

#include <fmt/format.h>

#include <utility>

#include "bench/lab/invocations.h"
#include "bench/lab/temporary_folder.h"
#include "embedded/bench_handler.h"

namespace mayfly::bench {
namespace {

constexpr std::string_view kEvent = R"({"name": "Ada", "n": 100})";
constexpr std::string_view kReply = R"({"greeting": "hello Ada", "n": 4950})";

Row mode_row(Function& function, Mode mode, std::string what, std::size_t share) {
    return {std::string(to_string(mode)), std::move(what), false, share,
            [&function, mode] { return time_invocation(function, kEvent, mode, kReply); }};
}

Figures counts_of(const Report& report, const Figures& bytes) {
    Figures figures = bytes;
    for (const Series& series : report.series)
        for (const Counter& counter : kCounters)
            if (!counter.is_time)
                figures[series.name + "." + std::string(counter.name)] = percentiles(series.counts, counter).p50;
    return figures;
}

Figures times_of(const Report& report) {
    Figures figures;
    for (const Series& series : report.series) figures[series.name] = percentiles(series.samples).p50;
    return figures;
}

void compare(const Ceilings& ceilings, const Figures& bytes, Report& report) {
    const std::vector<std::string> above = exceeded(counts_of(report, bytes), ceilings.counts);
    if (above.empty())
        report.proofs.push_back(
            {"ceilings", true, fmt::format("{} counts, none above its ceiling", ceilings.counts.size())});
    for (const std::string& sentence : above) report.proofs.push_back({"ceilings", false, sentence});
    for (const std::string& sentence : exceeded(times_of(report), ceilings.times_us))
        report.notes.push_back("warning: p50 in µs of " + sentence);
}

}  // namespace

Result<Report> measure_counts(Engine& engine, const CountsOptions& options) {
    const TemporaryFolder folder = MF_TRY(TemporaryFolder::in(engine.home()));
    Function function = MF_TRY(engine.temporary_function(
        MF_TRY(describe_function(folder, "hello", {{"app.py", bench_handler()}}, options.image))));
    const Figures bytes{
        {"base_snapshot.bytes", static_cast<double>(MF_TRY(engine.image(options.image)).base_snapshot_bytes)},
        {"function_snapshot.bytes", static_cast<double>(function.info().snapshot_bytes)}};

    Report report;
    report.title = "What an invocation costs";
    report.machine = this_machine();
    const MachineUse use;
    const std::vector<Row> rows{mode_row(function, Mode::pristine, "next event, microVM reset to its snapshot", 1),
                                mode_row(function, Mode::stateful, "next event, microVM keeps its state", 1),
                                mode_row(function, Mode::fresh, "new process, VM and restore, to the reply", 5)};
    report.series = MF_TRY(measure_in_turns(rows, options.samples, options.progress)).series;
    use.add_to(report.machine);

    Table table;
    table.name = "snapshots";
    table.title = "Snapshots on disk";
    table.columns = {{"size", "size", Unit::bytes}};
    for (const auto& [name, value] : bytes) table.rows.push_back({name.substr(0, name.find('.')), {value}, {}});
    report.tables.push_back(std::move(table));
    if (options.ceilings) compare(*options.ceilings, bytes, report);
    return report;
}

}  // namespace mayfly::bench
