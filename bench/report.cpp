#include "bench/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

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
    return text;
}

std::string ratio(double p50, double reference) {
    if (reference <= 0) return {};
    const double value = p50 / reference;
    return value >= 100 ? fmt::format("{:.0f}x", value) : fmt::format("{:.2f}x", value);
}

// Widths in characters: "µ" takes two bytes and one column.
std::string right(const std::string& text, std::size_t width) {
    const auto columns = static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
    return std::string(width > columns ? width - columns : 0, ' ') + text;
}

// Nanoseconds are the clock's grain: more digits would only look exact.
double rounded(double microseconds) { return std::round(microseconds * 1e3) / 1e3; }

nlohmann::ordered_json row(const Series& series) {
    const Percentiles of = percentiles(series.samples);
    return {{"name", series.name},       {"samples", series.samples.size()}, {"p50_us", rounded(of.p50)},
            {"p90_us", rounded(of.p90)}, {"p99_us", rounded(of.p99)},        {"p999_us", rounded(of.p999)},
            {"max_us", rounded(of.max)}};
}

}  // namespace

std::string human_time(double microseconds) {
    const auto digits = [](double value, const char* unit) {
        const int decimals = value < 10 ? 2 : value < 100 ? 1 : 0;
        return fmt::format("{:.{}f} {}", value, decimals, unit);
    };
    if (microseconds < 1) return digits(microseconds * 1e3, "ns");
    if (microseconds < 1e3) return digits(microseconds, "µs");
    if (microseconds < 1e6) return digits(microseconds / 1e3, "ms");
    return digits(microseconds / 1e6, "s");
}

std::string to_table(const Report& report) {
    const Series* reference = find(report, report.reference);
    const double base = reference != nullptr ? percentiles(reference->samples).p50 : 0;

    std::size_t name_width = 4;
    for (const Series& series : report.series) name_width = std::max(name_width, series.name.size());

    std::string text = header(report.machine) + "\n";
    text += fmt::format("{:<{}} {:>7} {:>9} {:>9} {:>9} {:>9} {:>9}", "", name_width, "samples", "p50", "p90", "p99",
                        "p99.9", "max");
    text += base > 0 ? fmt::format(" {:>8}  what\n", "x p50") : "  what\n";
    for (const Series& series : report.series) {
        const Percentiles of = percentiles(series.samples);
        text += fmt::format("{:<{}} {:>7}", series.name, name_width, series.samples.size());
        for (const double value : {of.p50, of.p90, of.p99, of.p999, of.max}) text += " " + right(human_time(value), 9);
        if (base > 0) text += " " + right(ratio(of.p50, base), 8);
        text += "  " + series.what + "\n";
    }
    if (base > 0) text += fmt::format("\nx p50: how many times the p50 of {}\n", report.reference);
    for (const std::string& note : report.notes) text += note + "\n";
    return text;
}

std::string to_json(const Report& report) {
    const Machine& machine = report.machine;
    nlohmann::ordered_json json;
    json["benchmark"] = report.title;
    json["machine"] = {{"cpu", machine.cpu},
                       {"cores", machine.cores},
                       {"memory_bytes", machine.memory_bytes},
                       {"virtualization", machine.virtualization},
                       {"governor", machine.governor},
                       {"mitigations", machine.mitigations},
                       {"load", machine.load}};
    json["kernel"] = machine.kernel;
    json["kvm_backend"] = machine.kvm_backend;
    json["version"] = machine.version;
    json["commit"] = machine.commit;
    json["date"] = machine.date;
    json["rows"] = nlohmann::ordered_json::array();
    for (const Series& series : report.series) json["rows"].push_back(row(series));
    json["notes"] = report.notes;
    return json.dump(2);
}

}  // namespace mayfly::bench
