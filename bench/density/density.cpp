#include "bench/density/density.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <thread>
#include <utility>

#include "bench/density/kernel_memory.h"
#include "bench/lab/fleet.h"
#include "bench/lab/process_use.h"

namespace mayfly::bench {
namespace {

// Until the last resets are over and freed pages are back.
constexpr std::chrono::milliseconds kSettling{500};

struct Level {
    double microvms = 0;
    double pss = 0;
    double kernel = 0;
    double available = 0;
};

// The microVMs alone, without the benchmark and what it ran before.
Level measure_level(std::size_t microvms, const std::vector<pid_t>& others) {
    std::this_thread::sleep_for(kSettling);
    std::vector<pid_t> processes = process_tree(Zombies::left_out);
    std::erase_if(processes, [&](pid_t pid) { return std::find(others.begin(), others.end(), pid) != others.end(); });
    const KernelMemory kernel = kernel_memory();
    return {static_cast<double>(microvms), static_cast<double>(use_of(processes).pss_bytes),
            static_cast<double>(kernel.used_bytes), static_cast<double>(kernel.available_bytes)};
}

double slope(const std::vector<Level>& levels, double Level::*value) {
    std::vector<Chart::Point> points;
    points.reserve(levels.size());
    for (const Level& level : levels) points.push_back({level.microvms, level.*value});
    return slope_of(points);
}

Table levels_table(const std::vector<Level>& levels) {
    Table table;
    table.name = "levels";
    table.title = "Memory with this many idle microVMs";
    table.columns = {{"microvms", "microVMs", Unit::count},
                     {"pss", "PSS of all", Unit::bytes},
                     {"kernel", "kernel", Unit::bytes},
                     {"available", "available", Unit::bytes}};
    for (const Level& level : levels)
        table.rows.push_back(
            {fmt::format("{:.0f}", level.microvms), {level.microvms, level.pss, level.kernel, level.available}, {}});
    return table;
}

Table slopes_table(const std::vector<Level>& levels) {
    const double pss = slope(levels, &Level::pss);
    const double kernel = slope(levels, &Level::kernel);
    Table table;
    table.name = "each";
    table.title = "One more idle microVM takes (slopes)";
    table.columns = {{"pss", "PSS", Unit::bytes},
                     {"kernel", "kernel", Unit::bytes},
                     {"sum", "PSS + kernel", Unit::bytes},
                     {"available", "of what is available", Unit::bytes}};
    table.rows = {{"each", {pss, kernel, pss + kernel, -slope(levels, &Level::available)}, {}}};
    return table;
}

Chart chart_of(const std::vector<Level>& levels) {
    Chart chart;
    chart.x_title = "idle microVMs, restored and invoked once";
    chart.y_title = "memory, above that of the first level";
    chart.y_unit = Unit::bytes;
    chart.lines = {{"PSS + kernel", {}}, {"PSS", {}}, {"available", {}}};
    const Level& first = levels.front();
    for (const Level& level : levels) {
        const double pss = level.pss - first.pss;
        chart.lines[0].points.push_back({level.microvms, pss + level.kernel - first.kernel});
        chart.lines[1].points.push_back({level.microvms, pss});
        chart.lines[2].points.push_back({level.microvms, first.available - level.available});
    }
    return chart;
}

}  // namespace

double slope_of(const std::vector<Chart::Point>& points) {
    double x_mean = 0;
    double y_mean = 0;
    for (const Chart::Point& point : points) {
        x_mean += point.x / static_cast<double>(points.size());
        y_mean += point.y / static_cast<double>(points.size());
    }
    double together = 0;
    double alone = 0;
    for (const Chart::Point& point : points) {
        together += (point.x - x_mean) * (point.y - y_mean);
        alone += (point.x - x_mean) * (point.x - x_mean);
    }
    return alone > 0 ? together / alone : 0;
}

Result<Report> measure_density(Engine& engine, const DensityOptions& options) {
    Fleet fleet = MF_TRY(Fleet::of_hello(engine, options.image, options.on_interrupt));
    const std::vector<pid_t> others = process_tree(Zombies::left_out);
    Report report;
    report.title = "Memory of idle microVMs";
    report.machine = this_machine();
    const MachineUse use;
    std::vector<Level> levels;
    for (const std::size_t count :
         std::set<std::size_t>{1, std::max<std::size_t>(options.microvms / 10, 1), options.microvms}) {
        fleet.grow(count, Mode::pristine, options.progress);
        if (fleet.interrupted()) return fail(ErrorCode::unavailable, "interrupted");
        if (fleet.failures() > 0) return fail(ErrorCode::microvm, "a microVM did not answer: " + fleet.first_failure());
        levels.push_back(measure_level(count, others));
    }
    use.add_to(report.machine);
    report.tables = {levels_table(levels), slopes_table(levels)};
    report.chart = chart_of(levels);
    report.notes.emplace_back(
        "each microVM answered one event and was put back; PSS counts memory that processes share in parts, so its "
        "slope is what one more adds; kernel: slabs, stacks, page tables and per-CPU memory of the whole machine; "
        "available: what the machine has less of, whoever took it");
    return report;
}

}  // namespace mayfly::bench
