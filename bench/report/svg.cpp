#include "bench/report/svg.h"

#include <fmt/format.h>

#include <cmath>

namespace mayfly::bench {
namespace {

constexpr const char* kInk = "#1f2933";
constexpr const char* kFaint = "#6b7280";

std::string escaped(const std::string& text) {
    std::string result;
    for (const char c : text) {
        if (c == '&')
            result += "&amp;";
        else if (c == '<')
            result += "&lt;";
        else if (c == '>')
            result += "&gt;";
        else
            result += c;
    }
    return result;
}

}  // namespace

std::string to_svg(const Report& report) {
    return report.chart ? svg::chart(report, *report.chart) : svg::violins(report);
}

namespace svg {

std::string text(double x, double y, const std::string& content, const char* style) {
    return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" {}>{}</text>\n", x, y, style, escaped(content));
}

std::string line(double x1, double y1, double x2, double y2, const char* colour, double width) {
    return fmt::format(
        "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\" stroke-width=\"{}\"/>\n", x1, y1,
        x2, y2, colour, width);
}

std::string decade_label(int exponent) {
    const double value = std::pow(10, exponent % 3 < 0 ? exponent % 3 + 3 : exponent % 3);
    const char* unit = exponent < 0 ? "ns" : exponent < 3 ? "µs" : exponent < 6 ? "ms" : "s";
    return fmt::format("{:.0f} {}", value, unit);
}

std::string page(const Report& report, double height, const std::string& drawing) {
    const Machine& machine = report.machine;
    std::string svg = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1:.0f}\" width=\"{0}\" height=\"{1:.0f}\" "
        "font-family=\"system-ui, 'DejaVu Sans', sans-serif\">\n"
        "<style>text{{fill:{2}}} .name{{font-size:13px;font-weight:600}} .small{{font-size:11.5px;fill:{3}}} "
        ".tiny{{font-size:10px;fill:{3}}} .title{{font-size:19px;font-weight:700}}</style>\n"
        "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n",
        kWidth, height, kInk, kFaint);
    svg += text(24, 34, report.title, "class=\"title\"");
    svg += text(24, 56,
                fmt::format("{}, {} cores, {} · {} · KVM backend {}", machine.cpu, machine.cores,
                            machine.virtualization, machine.kernel, machine.kvm_backend),
                "class=\"small\"");
    svg += text(24, 73, fmt::format("mayfly {} ({}) · {}", machine.version, machine.commit, machine.date),
                "class=\"small\"");
    return svg + drawing + "</svg>\n";
}

}  // namespace svg
}  // namespace mayfly::bench
