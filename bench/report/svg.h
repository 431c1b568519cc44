// What the drawings share: the page with title and machine, words and lines.
#pragma once

#include <string>

#include "bench/report/report.h"

namespace mayfly::bench::svg {

inline constexpr double kWidth = 1000;
inline constexpr double kTop = 92;  // title and machine
inline constexpr const char* kOurs = "#0f766e";
inline constexpr const char* kPeers = "#8a8f98";
inline constexpr const char* kGrid = "#e6e8eb";
inline constexpr const char* kStrongGrid = "#c3c8ce";

std::string text(double x, double y, const std::string& content, const char* style);
std::string line(double x1, double y1, double x2, double y2, const char* colour, double width);
// "1 µs", "10 ms": a power of ten of microseconds.
std::string decade_label(int exponent);
std::string page(const Report& report, double height, const std::string& drawing);

// The two drawings.
std::string violins(const Report& report);
std::string chart(const Report& report, const Chart& chart);

}  // namespace mayfly::bench::svg
