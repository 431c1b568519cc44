// The distributions: one violin a series on a shared logarithmic axis, with its p50 and p99.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "bench/report/svg.h"

namespace mayfly::bench::svg {
namespace {

constexpr double kLeft = 190;   // names
constexpr double kRight = 170;  // numbers
constexpr double kRow = 52;
constexpr double kBottom = 64;  // axis
constexpr double kPlotWidth = kWidth - kLeft - kRight;
constexpr int kBins = 160;
constexpr double kHalfHeight = 17;  // of the widest place of a violin

std::vector<const Series*> drawn_series(const Report& report) {
    std::vector<const Series*> drawn;
    for (const Series& series : report.series)
        if (!series.is_detail) drawn.push_back(&series);
    return drawn;
}

struct Axis {
    double low = 0;  // log10 of microseconds
    double high = 1;

    double x(double microseconds) const {
        return kLeft + (std::log10(std::max(microseconds, 1e-3)) - low) / (high - low) * kPlotWidth;
    }
};

// A little wider than the samples, so that no violin touches the border.
Axis axis_of(const std::vector<const Series*>& drawn) {
    double low = std::numeric_limits<double>::max();
    double high = 1e-3;
    for (const Series* series : drawn) {
        for (const double sample : series->samples) {
            low = std::min(low, std::max(sample, 1e-3));
            high = std::max(high, sample);
        }
    }
    if (low > high) return {0, 1};
    return {std::log10(low) - 0.12, std::log10(high) + 0.12};
}

// Samples by bin of the axis, smoothed by a Gaussian of three bins, the highest scaled to 1.
std::vector<double> density(const Series& series, const Axis& axis) {
    std::vector<double> counts(kBins, 0.0);
    for (const double sample : series.samples) {
        const double place = (std::log10(std::max(sample, 1e-3)) - axis.low) / (axis.high - axis.low);
        counts[static_cast<std::size_t>(std::clamp(place * kBins, 0.0, kBins - 1.0))] += 1;
    }
    std::vector<double> smooth(kBins, 0.0);
    for (int bin = 0; bin < kBins; ++bin)
        for (int near = std::max(bin - 4, 0); near <= std::min(bin + 4, kBins - 1); ++near)
            smooth[static_cast<std::size_t>(bin)] +=
                counts[static_cast<std::size_t>(near)] * std::exp(-(near - bin) * (near - bin) / 4.5);
    const double highest = *std::max_element(smooth.begin(), smooth.end());
    if (highest > 0)
        for (double& value : smooth) value /= highest;
    return smooth;
}

// The square root keeps a thin tail visible beside a tall peak.
std::string violin(const Series& series, const Axis& axis, double middle, const char* colour) {
    const std::vector<double> heights = density(series, axis);
    const auto point = [&](std::size_t bin, double side) {
        const double x = kLeft + (static_cast<double>(bin) + 0.5) / kBins * kPlotWidth;
        return fmt::format("{:.1f},{:.1f} ", x, middle + side * kHalfHeight * std::sqrt(heights[bin]));
    };
    std::size_t first = 0;
    std::size_t last = heights.size();
    while (first < last && heights[first] < 1e-4) ++first;
    while (last > first && heights[last - 1] < 1e-4) --last;

    std::string points;
    for (std::size_t bin = first; bin < last; ++bin) points += point(bin, -1);
    for (std::size_t bin = last; bin > first; --bin) points += point(bin - 1, 1);
    return fmt::format("<polygon points=\"{}\" fill=\"{}\" fill-opacity=\"0.35\" stroke=\"{}\" stroke-width=\"1\"/>\n",
                       points, colour, colour);
}

std::string grid(const Axis& axis, double bottom) {
    std::string svg;
    const int first = static_cast<int>(std::floor(axis.low));
    const int last = static_cast<int>(std::ceil(axis.high));
    for (int exponent = first; exponent <= last; ++exponent) {
        for (int step = 1; step < 10; ++step) {
            const double at = std::log10(step) + exponent;
            if (at < axis.low || at > axis.high) continue;
            const double x = axis.x(std::pow(10, at));
            svg += line(x, kTop, x, bottom, step == 1 ? kStrongGrid : kGrid, step == 1 ? 1 : 0.6);
            if (step == 1)
                svg += text(x, bottom + 20, decade_label(exponent), "text-anchor=\"middle\" class=\"small\"");
            else if (step == 2 || step == 5)
                svg += text(x, bottom + 20, std::to_string(step), "text-anchor=\"middle\" class=\"tiny\"");
        }
    }
    return svg;
}

std::string row(const Series& series, const Axis& axis, double middle) {
    const char* colour = series.is_peer ? kPeers : kOurs;
    const Percentiles of = percentiles(series.samples);
    std::string svg = violin(series, axis, middle, colour);
    svg += line(axis.x(of.p50), middle - kHalfHeight, axis.x(of.p50), middle + kHalfHeight, colour, 2.5);
    svg += line(axis.x(of.p99), middle - 7, axis.x(of.p99), middle + 7, colour, 1.5);
    svg += text(kLeft - 14, middle - 1, series.name, "text-anchor=\"end\" class=\"name\"");
    svg += text(kLeft - 14, middle + 13, fmt::format("{} samples", series.samples.size()),
                "text-anchor=\"end\" class=\"tiny\"");
    svg += text(kWidth - kRight + 16, middle - 1, "p50 " + human_time(of.p50), "class=\"name\"");
    svg += text(kWidth - kRight + 16, middle + 13, "p99 " + human_time(of.p99), "class=\"small\"");
    return svg;
}

}  // namespace

std::string violins(const Report& report) {
    const std::vector<const Series*> drawn = drawn_series(report);
    const Axis axis = axis_of(drawn);
    const double bottom = kTop + kRow * static_cast<double>(drawn.size()) + 8;
    std::string svg = grid(axis, bottom);
    for (std::size_t index = 0; index < drawn.size(); ++index)
        svg += row(*drawn[index], axis, kTop + kRow * (static_cast<double>(index) + 0.5) + 4);
    svg += text(
        kLeft, bottom + 46,
        "Every sample, logarithmic axis. Tall mark: p50, short mark: p99. Green: Mayfly, grey: peers of the same run.",
        "class=\"small\"");
    return page(report, bottom + kBottom, svg);
}

}  // namespace mayfly::bench::svg
