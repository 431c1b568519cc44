#include "bench/report/units.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace mayfly::bench {
namespace {

std::string three_digits(double value, std::string_view unit) {
    const double size = std::abs(value);
    return fmt::format("{:.{}f}{}", value, size < 10 ? 2 : size < 100 ? 1 : 0, unit);
}

std::string human_bytes(double bytes) {
    if (std::abs(bytes) < 1 << 10) return fmt::format("{:.0f} B", bytes);
    if (std::abs(bytes) < 1 << 20) return three_digits(bytes / (1 << 10), " KiB");
    if (std::abs(bytes) < 1 << 30) return three_digits(bytes / (1 << 20), " MiB");
    return three_digits(bytes / (1 << 30), " GiB");
}

}  // namespace

std::string human_time(double microseconds) {
    if (microseconds == 0) return "0";
    if (microseconds < 1) return three_digits(microseconds * 1e3, " ns");
    if (microseconds < 1e3) return three_digits(microseconds, " µs");
    if (microseconds < 1e6) return three_digits(microseconds / 1e3, " ms");
    return three_digits(microseconds / 1e6, " s");
}

std::string human(double value, Unit unit) {
    switch (unit) {
    case Unit::microseconds: return human_time(value);
    case Unit::count: return fmt::format("{:.0f}", value);
    case Unit::bytes: return human_bytes(value);
    case Unit::ratio: return three_digits(value, "x");
    case Unit::per_second: return value < 100 ? three_digits(value, "/s") : fmt::format("{:.0f}/s", value);
    case Unit::percent: return fmt::format("{:.0f} %", value);
    }
    return {};
}

std::string_view suffix(Unit unit) {
    switch (unit) {
    case Unit::microseconds: return "_us";
    case Unit::count: return "";
    case Unit::bytes: return "_bytes";
    case Unit::ratio: return "_ratio";
    case Unit::per_second: return "_per_second";
    case Unit::percent: return "_percent";
    }
    return {};
}

std::size_t columns_of(const std::string& text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string right(const std::string& text, std::size_t width) {
    const std::size_t columns = columns_of(text);
    return std::string(width > columns ? width - columns : 0, ' ') + text;
}

std::string left(const std::string& text, std::size_t width) {
    const std::size_t columns = columns_of(text);
    return text + std::string(width > columns ? width - columns : 0, ' ');
}

double rounded(double value) { return std::round(value * 1e3) / 1e3; }

}  // namespace mayfly::bench
