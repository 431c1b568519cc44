#include "bench/workloads/workloads.h"

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "bench/lab/invocations.h"
#include "bench/lab/temporary_folder.h"
#include "bench/peers/process.h"
#include "bench/workloads/catalogue.h"
#include "bench/workloads/reference.h"
#include "embedded/bench_timed.h"

namespace mayfly::bench {
namespace {

constexpr unsigned kTrainingSeed = 1;
constexpr unsigned kMeasuredSeed = 2;
constexpr std::chrono::milliseconds kTimeout{60'000};

// What one workload is measured with.
struct Bench {
    Reference reference;
    std::string training;  // the event that warms up
    std::string measured;  // the event that is timed
    std::string expected;  // its reply
    Function function;
    std::optional<Function> timed;  // the same handler between two clocks, when CPU-bound
    Series native_handler = {};     // a by-product of the native row
};

// Why this workload can't run here; empty when it can.
std::string missing(const Workload& workload, const ImageInfo& image, const std::string& python) {
    if (workload.package.empty()) return {};
    const auto is_it = [&](const std::string& package) { return package.starts_with(workload.package + "="); };
    if (std::none_of(image.packages.begin(), image.packages.end(), is_it))
        return "image " + image.name + " has no " + workload.package + "; see --image";
    if (!time_program({python, "-c", "import " + workload.module}))
        return "the host's Python has no " + workload.module + " to compare with";
    return {};
}

Result<Function> load(const Engine& engine, const TemporaryFolder& folder, const Workload& workload,
                      const std::string& image, const std::string& handler, const std::string& training) {
    FunctionOptions options = MF_TRY(describe_function(
        folder, workload.name + "-" + handler, {{"app.py", workload.source}, {"timed.py", bench_timed()}}, image));
    options.handler = handler + ".handler";
    options.memory_mb = workload.memory_mb;
    options.timeout = kTimeout;
    if (training.size() <= kMaxTrainingBytes) options.training_event = training;
    return engine.temporary_function(options);
}

Result<Bench> set_up(const Engine& engine, const TemporaryFolder& folder, const Workload& workload,
                     const std::string& image, const std::string& python) {
    Reference reference = MF_TRY(Reference::start(python, text_of(workload.source), workload.size));
    std::string training = MF_TRY(reference.make_event(kTrainingSeed));
    std::string measured = MF_TRY(reference.make_event(kMeasuredSeed));
    std::string expected = MF_TRY(reference.run(measured)).reply;
    Function function = MF_TRY(load(engine, folder, workload, image, "app", training));
    std::optional<Function> timed;
    if (workload.is_cpu_bound) timed = MF_TRY(load(engine, folder, workload, image, "timed", training));
    return Bench{std::move(reference), std::move(training), std::move(measured),
                 std::move(expected),  std::move(function), std::move(timed)};
}

Result<Sample> run_natively(Bench& bench) {
    const Reference::Run run = MF_TRY(bench.reference.run(bench.measured));
    if (run.reply != bench.expected) return fail(ErrorCode::internal, "the same event had two replies natively");
    bench.native_handler.samples.push_back(run.handler_us);
    return Sample{run.total_us, {}};
}

// What the function says its handler took.
Result<Sample> run_timed(Bench& bench) {
    const Invocation invocation = MF_TRY(invoke(*bench.timed, bench.measured, Mode::stateful));
    const auto reply = nlohmann::json::parse(invocation.reply, nullptr, false);
    if (!reply.is_object() || !reply.contains("us") || reply["reply"] != nlohmann::json::parse(bench.expected))
        return fail(ErrorCode::internal, "the timed handler's reply is wrong");
    return Sample{reply["us"].get<double>(), counts_of(invocation.receipt)};
}

Row mode_row(const Workload& workload, Bench& bench, Mode mode, std::size_t share) {
    Row row;
    row.name = workload.name + "/" + std::string(to_string(mode));
    row.what = workload.what;
    row.share = share;
    row.once = [&bench, mode] { return time_invocation(bench.function, bench.measured, mode, bench.expected); };
    row.warm_up = [&bench, mode]() -> Result<void> {
        MF_TRY(invoke(bench.function, bench.training, mode));
        return {};
    };
    return row;
}

std::vector<Row> rows_of(const Workload& workload, Bench& bench) {
    std::vector<Row> rows;
    rows.push_back({workload.name + "/native", "a warm Python on the host", true, workload.share,
                    [&bench] { return run_natively(bench); },
                    [&bench]() -> Result<void> {
                        MF_TRY(bench.reference.run(bench.training));
                        return {};
                    }});
    rows.push_back(mode_row(workload, bench, Mode::stateful, workload.share));
    rows.push_back(mode_row(workload, bench, Mode::pristine, workload.share));
    rows.push_back(mode_row(workload, bench, Mode::fresh, workload.share * 2));
    if (bench.timed)
        rows.push_back({workload.name + "/handler", "the handler alone, in a microVM", false, workload.share,
                        [&bench] { return run_timed(bench); },
                        [&bench]() -> Result<void> {
                            MF_TRY(invoke(*bench.timed, bench.training, Mode::stateful));
                            return {};
                        }});
    return rows;
}

const Counter& counter(std::string_view name) {
    return *std::find_if(kCounters.begin(), kCounters.end(), [&](const Counter& one) { return one.name == name; });
}

Table empty_table() {
    Table table;
    table.name = "workloads";
    table.title = "p50 of each workload";
    table.columns = {{"native", "native", Unit::microseconds},         {"stateful", "stateful", Unit::microseconds},
                     {"pristine", "pristine", Unit::microseconds},     {"fresh", "fresh", Unit::microseconds},
                     {"private_pages", "private pages", Unit::count},  {"reset_pages", "reset pages", Unit::count},
                     {"reset", "reset", Unit::microseconds},           {"handler", "handler", Unit::microseconds},
                     {"inside_outside", "inside/outside", Unit::ratio}};
    return table;
}

// series: native, stateful, pristine, fresh and, when CPU-bound, handler.
Table::Row summary(const Workload& workload, const std::vector<Series>& series, const Series& native_handler) {
    const auto p50 = [&](std::size_t index) { return percentiles(series.at(index).samples).p50; };
    const auto count = [&](const char* name) { return percentiles(series.at(2).counts, counter(name)).p50; };
    Table::Row row{workload.name,
                   {p50(0), p50(1), p50(2), p50(3), count("private_pages"), count("reset_pages"), count("reset_us")},
                   workload.what};
    if (series.size() > 4) {
        row.values.emplace_back(p50(4));
        row.values.emplace_back(p50(4) / percentiles(native_handler.samples).p50);
    } else {
        row.values.resize(row.values.size() + 2);
    }
    return row;
}

Result<void> measure(const Workload& workload, Bench& bench, const WorkloadOptions& options, Report& report) {
    bench.native_handler.name = workload.name + "/native_handler";
    bench.native_handler.what = "the handler alone, on the host";
    bench.native_handler.is_peer = true;
    bench.native_handler.is_detail = true;
    Measured measured = MF_TRY(measure_in_turns(rows_of(workload, bench), options.samples, options.progress));
    for (Series& series : measured.series)
        series.is_detail = !series.name.ends_with("/pristine") && !series.name.ends_with("/native");
    report.tables.front().rows.push_back(summary(workload, measured.series, bench.native_handler));
    std::move(measured.series.begin(), measured.series.end(), std::back_inserter(report.series));
    if (bench.timed) report.series.push_back(std::move(bench.native_handler));
    return {};
}

Result<std::vector<Workload>> chosen(const std::vector<std::string>& names) {
    std::vector<Workload> all = workload_catalogue();
    if (names.empty()) return all;
    std::vector<Workload> some;
    for (const std::string& name : names) {
        const auto found = std::find_if(all.begin(), all.end(), [&](const Workload& one) { return one.name == name; });
        if (found == all.end()) return fail(ErrorCode::usage, "there is no workload '" + name + "'");
        some.push_back(*found);
    }
    return some;
}

}  // namespace

Result<Report> measure_workloads(Engine& engine, const WorkloadOptions& options) {
    const std::vector<Workload> workloads = MF_TRY(chosen(options.only));
    const ImageInfo image = MF_TRY(engine.image(options.image));
    const std::string python = host_python();
    if (python.empty()) return fail(ErrorCode::unavailable, "python3 is not installed on this host");
    const TemporaryFolder folder = MF_TRY(TemporaryFolder::in(engine.home()));

    Report report;
    report.title = "Workloads";
    report.machine = this_machine();
    report.tables = {empty_table()};
    const MachineUse use;
    for (const Workload& workload : workloads) {
        if (const std::string reason = missing(workload, image, python); !reason.empty()) {
            report.notes.push_back("left out: " + workload.name + " (" + reason + ")");
            continue;
        }
        if (options.progress) options.progress("loading " + workload.name, 0, 0);
        Bench bench = MF_TRY(set_up(engine, folder, workload, options.image, python));
        MF_TRY(measure(workload, bench, options, report));
    }
    use.add_to(report.machine);
    report.notes.emplace_back(
        "native: from the event's text to the reply's in a warm Python on the host, without a way to it; every reply "
        "was compared with the native one; trained (where the event fits) and warmed up with one event, measured with "
        "another; handler and "
        "inside/outside: the handler alone by its own clock, in a stateful microVM and natively, of what is CPU-bound");
    return report;
}

}  // namespace mayfly::bench
