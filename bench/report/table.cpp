// The report as text for people.
#include <fmt/format.h>

#include <algorithm>

#include "bench/report/report.h"

namespace mayfly::bench {
namespace {

const Series* find(const Report& report, const std::string& name) {
    const auto found = std::find_if(report.series.begin(), report.series.end(),
                                    [&](const Series& series) { return series.name == name; });
    return found == report.series.end() ? nullptr : &*found;
}

std::string header(const Machine& machine) {
    std::string text;
    text += fmt::format("machine     {}, {} cores, {:.1f} GiB, {}\n", machine.cpu, machine.cores,
                        static_cast<double>(machine.memory_bytes) / (1u << 30), machine.virtualization);
    text += fmt::format("kernel      {}, KVM backend {}{}\n", machine.kernel, machine.kvm_backend,
                        machine.governor.empty() ? "" : ", governor " + machine.governor);
    text += fmt::format("mitigations {}\n", machine.mitigations);
    text += fmt::format("mayfly      {} ({}), {}, load {:.2f}\n", machine.version, machine.commit, machine.date,
                        machine.load);
    text += fmt::format("took        {:.1f} s; of all CPU time {:.1f} % was in use, {:.1f} % stolen by the host\n",
                        machine.elapsed_seconds, machine.busy_percent, machine.steal_percent);
    return text;
}

std::string ratio(double p50, double reference) {
    if (reference <= 0) return {};
    const double value = p50 / reference;
    return value >= 100 ? fmt::format("{:.0f}x", value) : fmt::format("{:.2f}x", value);
}

// A first column of names, numbers to the right, and words behind them.
std::string aligned(const std::vector<std::vector<std::string>>& lines) {
    std::vector<std::size_t> widths;
    for (const auto& cells : lines) {
        widths.resize(std::max(widths.size(), cells.size()), 0);
        for (std::size_t index = 0; index < cells.size(); ++index)
            widths[index] = std::max(widths[index], columns_of(cells[index]));
    }
    std::string text;
    for (const auto& cells : lines) {
        text += left(cells.front(), widths.front());
        for (std::size_t index = 1; index + 1 < cells.size(); ++index)
            text += "  " + right(cells[index], widths[index]);
        if (!cells.back().empty()) text += "  " + cells.back();
        text += "\n";
    }
    return text;
}

std::string latencies(const Report& report) {
    const Series* reference = find(report, report.reference);
    const double base = reference != nullptr ? percentiles(reference->samples).p50 : 0;

    std::vector<std::vector<std::string>> lines{{"", "samples", "p50", "p90", "p99", "p99.9", "max"}};
    if (base > 0) lines.front().emplace_back("x p50");
    lines.front().emplace_back("what");
    for (const Series& series : report.series) {
        if (series.is_detail) continue;
        const Percentiles of = percentiles(series.samples);
        std::vector<std::string>& cells = lines.emplace_back();
        cells = {series.name, std::to_string(series.samples.size())};
        for (const double value : {of.p50, of.p90, of.p99, of.p999, of.max}) cells.push_back(human_time(value));
        if (base > 0) cells.push_back(ratio(of.p50, base));
        cells.push_back(series.what);
    }
    std::string text = aligned(lines);
    if (base > 0) text += fmt::format("\nx p50: how many times the p50 of {}\n", report.reference);
    return text;
}

// Of each series that was counted; the times apart from the counts.
std::string counters(const Report& report, bool times) {
    std::vector<std::vector<std::string>> lines{{""}};
    for (const Counter& counter : kCounters)
        if (counter.is_time == times) lines.front().emplace_back(counter.heading);
    lines.front().emplace_back();
    for (const Series& series : report.series) {
        if (series.is_detail || series.counts.empty()) continue;
        std::vector<std::string>& cells = lines.emplace_back();
        cells.push_back(series.name);
        for (const Counter& counter : kCounters)
            if (counter.is_time == times)
                cells.push_back(
                    human(percentiles(series.counts, counter).p50, times ? Unit::microseconds : Unit::count));
        cells.emplace_back();
    }
    if (lines.size() == 1) return {};
    return (times ? "\np50 of the phases\n" : "\np50 of what one used\n") + aligned(lines);
}

std::string figures(const Table& table) {
    std::vector<std::vector<std::string>> lines{{""}};
    for (const Table::Column& column : table.columns) lines.front().push_back(column.heading);
    lines.front().emplace_back();
    for (const Table::Row& row : table.rows) {
        std::vector<std::string>& cells = lines.emplace_back();
        cells.push_back(row.name);
        for (std::size_t index = 0; index < table.columns.size(); ++index) {
            const auto& value = row.values.at(index);
            cells.push_back(value ? human(*value, table.columns[index].unit) : "-");
        }
        cells.push_back(row.what);
    }
    return "\n" + table.title + "\n" + aligned(lines);
}

}  // namespace

bool Report::proven() const {
    return std::all_of(proofs.begin(), proofs.end(), [](const Proof& proof) { return proof.holds; });
}

std::string to_table(const Report& report) {
    std::string text = header(report.machine);
    if (!report.series.empty()) text += "\n" + latencies(report) + counters(report, false) + counters(report, true);
    for (const Table& table : report.tables) text += figures(table);
    if (!report.proofs.empty()) text += "\n";
    for (const Proof& proof : report.proofs)
        text += fmt::format("{} {}: {}\n", proof.holds ? "proven" : "FAILED", proof.name, proof.found);
    if (!report.notes.empty()) text += "\n";
    for (const std::string& note : report.notes) text += note + "\n";
    return text;
}

}  // namespace mayfly::bench
