#include "bench/burst/burst.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "bench/lab/fleet.h"
#include "bench/lab/process_use.h"

namespace mayfly::bench {
namespace {

Series latencies(const std::vector<Start>& starts) {
    Series series;
    series.name = "burst";
    series.what = "function opened, microVM started, event answered";
    for (const Start& start : starts)
        if (start.failure.empty()) series.samples.push_back(start.answered_us - start.asked_us);
    return series;
}

// How many were answered by when.
Chart chart_of(const std::vector<Start>& starts) {
    std::vector<double> times;
    for (const Start& start : starts)
        if (start.failure.empty()) times.push_back(start.answered_us);
    std::sort(times.begin(), times.end());
    Chart chart;
    chart.x_title = "since the burst began";
    chart.x_unit = Unit::microseconds;
    chart.y_title = "microVMs alive that have answered";
    chart.y_unit = Unit::count;
    chart.lines = {{"answered", {{0, 0}}}};
    for (std::size_t index = 0; index < times.size(); ++index)
        chart.lines.front().points.push_back({times[index], static_cast<double>(index + 1)});
    return chart;
}

// A process that was there before may have ended meanwhile.
std::size_t count_new(const std::vector<pid_t>& now, const std::vector<pid_t>& before) {
    return static_cast<std::size_t>(std::count_if(now.begin(), now.end(), [&](pid_t pid) {
        return std::find(before.begin(), before.end(), pid) == before.end();
    }));
}

}  // namespace

Result<Report> measure_burst(Engine& engine, const BurstOptions& options) {
    Fleet fleet = MF_TRY(Fleet::of_hello(engine, options.image, options.on_interrupt));
    Report report;
    report.title = "A burst of fresh microVMs";
    report.machine = this_machine();
    const std::vector<pid_t> before = process_tree(Zombies::left_out);
    if (options.ready > 0) MF_TRY(fleet.keep_ready(options.image, options.ready));
    const MachineUse use;
    fleet.grow(options.microvms, Mode::stateful, options.progress);
    if (fleet.interrupted()) return fail(ErrorCode::unavailable, "interrupted");
    use.add_to(report.machine);
    const std::size_t alive = count_new(process_tree(Zombies::left_out), before);

    const auto last = std::max_element(fleet.starts().begin(), fleet.starts().end(),
                                       [](const Start& a, const Start& b) { return a.answered_us < b.answered_us; });
    const Series series = latencies(fleet.starts());
    const double total = last->answered_us;
    Table table;
    table.name = "burst";
    table.title = "The burst as a whole";
    table.columns = {{"microvms", "microVMs", Unit::count},
                     {"failures", "failures", Unit::count},
                     {"total", "total", Unit::microseconds},
                     {"slowest", "slowest", Unit::microseconds},
                     {"rate", "rate", Unit::per_second}};
    table.rows.push_back({"burst",
                          {static_cast<double>(options.microvms), static_cast<double>(fleet.failures()), total,
                           percentiles(series.samples).max, static_cast<double>(series.samples.size()) / total * 1e6},
                          {}});
    report.series = {series};
    report.tables = {std::move(table)};
    report.chart = chart_of(fleet.starts());
    report.proofs.push_back({"all_answered", fleet.failures() == 0,
                             fmt::format("{} of {} gave the right reply{}", series.samples.size(), options.microvms,
                                         fleet.failures() == 0 ? "" : "; " + fleet.first_failure())});
    report.proofs.push_back({"all_alive", alive >= series.samples.size(),
                             fmt::format("{} microVM processes were alive at the end", alive)});
    report.notes.emplace_back(
        "each microVM is new and stays: it is left as it is after its one event; as many at a "
        "time are being started as there are processors");
    return report;
}

}  // namespace mayfly::bench
