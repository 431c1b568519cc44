// Lines over a linear x axis; the y axis is linear from zero, or logarithmic.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "bench/report/svg.h"

namespace mayfly::bench::svg {
namespace {

constexpr double kLeft = 90;
constexpr double kRight = 130;  // names of the lines
constexpr double kPlotHeight = 400;
constexpr double kPlotTop = kTop + 24;  // the name of the y axis
constexpr double kBottom = kPlotTop + kPlotHeight;
constexpr double kPlotWidth = kWidth - kLeft - kRight;
constexpr int kSteps = 5;  // of a linear axis, about
constexpr std::array kColours{"#0f766e", "#2563eb", "#b45309", "#be123c", "#6d28d9", "#4b5563"};

struct Frame {
    double x_high = 1;
    double y_low = 0;  // log10 when logarithmic
    double y_high = 1;
    bool logarithmic = false;

    double x(double value) const { return kLeft + value / x_high * kPlotWidth; }
    double y(double value) const {
        const double at = logarithmic ? std::log10(std::max(value, 1e-3)) : value;
        return kBottom - (at - y_low) / (y_high - y_low) * kPlotHeight;
    }
};

Frame frame_of(const Chart& chart) {
    double x_high = 0;
    double y_high = 0;
    double y_low = HUGE_VAL;
    for (const Chart::Line& line : chart.lines) {
        for (const Chart::Point& point : line.points) {
            x_high = std::max(x_high, point.x);
            y_high = std::max(y_high, point.y);
            y_low = std::min(y_low, std::max(point.y, 1e-3));
        }
    }
    if (x_high <= 0) x_high = 1;
    if (y_high <= 0) return {x_high, 0, 1, false};
    if (!chart.logarithmic) return {x_high * 1.02, 0, y_high * 1.05, false};
    return {x_high * 1.02, std::log10(y_low) - 0.1, std::log10(y_high) + 0.1, true};
}

// 1, 2 or 5 times a power of ten.
double round_step(double range) {
    const double rough = range / kSteps;
    const double power = std::pow(10, std::floor(std::log10(rough)));
    const double factor = rough / power;
    return power * (factor < 1.5 ? 1 : factor < 3.5 ? 2 : factor < 7.5 ? 5 : 10);
}

std::string x_axis(const Chart& chart, const Frame& frame) {
    std::string svg;
    const double step = round_step(frame.x_high);
    for (int number = 0; number * step <= frame.x_high; ++number) {
        const double at = number * step;
        svg += line(frame.x(at), kPlotTop, frame.x(at), kBottom, kGrid, 0.8);
        svg += text(frame.x(at), kBottom + 20, human(at, chart.x_unit), "text-anchor=\"middle\" class=\"small\"");
    }
    return svg + text(kLeft + kPlotWidth / 2, kBottom + 44, chart.x_title, "text-anchor=\"middle\" class=\"name\"");
}

std::string y_label(const Frame& frame, double value, const std::string& words) {
    return text(kLeft - 10, frame.y(value) + 4, words, "text-anchor=\"end\" class=\"small\"");
}

std::string logarithmic_axis(const Frame& frame, Unit unit) {
    std::string svg;
    for (int exponent = static_cast<int>(std::floor(frame.y_low)); exponent <= frame.y_high; ++exponent) {
        for (int step = 1; step < 10; ++step) {
            const double at = std::log10(step) + exponent;
            if (at < frame.y_low || at > frame.y_high) continue;
            const double value = std::pow(10, at);
            svg +=
                line(kLeft, frame.y(value), kLeft + kPlotWidth, frame.y(value), step == 1 ? kStrongGrid : kGrid, 0.8);
            if (step == 1 || step == 2 || step == 5) svg += y_label(frame, value, human(value, unit));
        }
    }
    return svg;
}

std::string linear_axis(const Frame& frame, Unit unit) {
    std::string svg;
    const double step = round_step(frame.y_high);
    for (int number = 0; number * step <= frame.y_high; ++number) {
        const double at = number * step;
        svg += line(kLeft, frame.y(at), kLeft + kPlotWidth, frame.y(at), kGrid, 0.8);
        svg += y_label(frame, at, human(at, unit));
    }
    return svg;
}

std::string curve(const Chart::Line& curve, const Frame& frame, const char* colour) {
    std::string points;
    std::string marks;
    for (const Chart::Point& point : curve.points) {
        points += fmt::format("{:.1f},{:.1f} ", frame.x(point.x), frame.y(point.y));
        marks += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\" fill=\"{}\"/>\n", frame.x(point.x),
                             frame.y(point.y), colour);
    }
    return fmt::format("<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"/>\n", points, colour) +
           (curve.points.size() <= 50 ? marks : "");
}

std::string legend(const std::string& name, std::size_t index, const char* colour) {
    const double y = kPlotTop + 14 + 20 * static_cast<double>(index);
    const double x = kLeft + kPlotWidth + 14;
    return line(x, y - 4, x + 18, y - 4, colour, 3) + text(x + 24, y, name, "class=\"small\"");
}

}  // namespace

std::string chart(const Report& report, const Chart& chart) {
    const Frame frame = frame_of(chart);
    std::string svg = x_axis(chart, frame);
    svg += frame.logarithmic ? logarithmic_axis(frame, chart.y_unit) : linear_axis(frame, chart.y_unit);
    svg += text(kLeft, kPlotTop - 10, chart.y_title, "class=\"name\"");
    for (std::size_t index = 0; index < chart.lines.size(); ++index) {
        const char* colour = kColours[index % kColours.size()];
        svg += curve(chart.lines[index], frame, colour) + legend(chart.lines[index].name, index, colour);
    }
    return page(report, kBottom + 64, svg);
}

}  // namespace mayfly::bench::svg
