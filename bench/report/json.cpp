// The report for programs. Names are stable.
#include <nlohmann/json.hpp>

#include "bench/report/report.h"

namespace mayfly::bench {
namespace {

using Json = nlohmann::ordered_json;

void add_percentiles(Json& json, const std::string& unit, const Percentiles& of) {
    json["p50" + unit] = rounded(of.p50);
    json["p90" + unit] = rounded(of.p90);
    json["p99" + unit] = rounded(of.p99);
    json["p999" + unit] = rounded(of.p999);
    json["max" + unit] = rounded(of.max);
}

Json counts_json(const std::vector<Counts>& counts) {
    Json json;
    for (const Counter& counter : kCounters) {
        const Percentiles of = percentiles(counts, counter);
        json[std::string(counter.name)] = {
            {"p50", rounded(of.p50)}, {"p99", rounded(of.p99)}, {"max", rounded(of.max)}};
    }
    return json;
}

Json raw_counts(const std::vector<Counts>& counts) {
    Json json;
    for (const Counter& counter : kCounters) {
        Json values = Json::array();
        for (const Counts& one : counts) values.push_back(rounded(one.*counter.value));
        json[std::string(counter.name)] = std::move(values);
    }
    return json;
}

Json row(const Series& series, Raw raw) {
    Json json{{"name", series.name}, {"what", series.what}, {"samples", series.samples.size()}};
    add_percentiles(json, "_us", percentiles(series.samples));
    if (!series.counts.empty()) json["counts"] = counts_json(series.counts);
    if (raw == Raw::no) return json;
    Json values = Json::array();
    for (const double sample : series.samples) values.push_back(rounded(sample));
    json["raw_us"] = std::move(values);
    if (!series.counts.empty()) json["raw_counts"] = raw_counts(series.counts);
    return json;
}

Json table_json(const Table& table) {
    Json rows = Json::array();
    for (const Table::Row& row : table.rows) {
        Json json{{"name", row.name}};
        for (std::size_t index = 0; index < table.columns.size(); ++index) {
            const Table::Column& column = table.columns[index];
            const auto& value = row.values.at(index);
            json[column.name + std::string(suffix(column.unit))] = value ? Json(rounded(*value)) : Json();
        }
        if (!row.what.empty()) json["what"] = row.what;
        rows.push_back(std::move(json));
    }
    return rows;
}

Json machine_json(const Machine& machine) {
    return {{"cpu", machine.cpu},
            {"cores", machine.cores},
            {"memory_bytes", machine.memory_bytes},
            {"virtualization", machine.virtualization},
            {"governor", machine.governor},
            {"mitigations", machine.mitigations},
            {"load", machine.load},
            {"elapsed_seconds", rounded(machine.elapsed_seconds)},
            {"busy_percent", rounded(machine.busy_percent)},
            {"steal_percent", rounded(machine.steal_percent)}};
}

}  // namespace

std::string to_json(const Report& report, Raw raw) {
    Json json;
    json["benchmark"] = report.title;
    json["machine"] = machine_json(report.machine);
    json["kernel"] = report.machine.kernel;
    json["kvm_backend"] = report.machine.kvm_backend;
    json["version"] = report.machine.version;
    json["commit"] = report.machine.commit;
    json["date"] = report.machine.date;
    json["rows"] = Json::array();
    for (const Series& series : report.series) json["rows"].push_back(row(series, raw));
    for (const Table& table : report.tables) json[table.name] = table_json(table);
    if (!report.proofs.empty()) json["proofs"] = Json::array();
    for (const Proof& proof : report.proofs)
        json["proofs"].push_back({{"name", proof.name}, {"holds", proof.holds}, {"found", proof.found}});
    json["notes"] = report.notes;
    return json.dump(raw == Raw::yes ? -1 : 2);
}

}  // namespace mayfly::bench
