// Numbers as people read them: three digits that matter.
#pragma once

#include <string>
#include <string_view>

namespace mayfly::bench {

enum class Unit { microseconds, count, bytes, ratio, per_second, percent };

// "85.2 µs", "1.24 ms", "2.10 s".
std::string human_time(double microseconds);
std::string human(double value, Unit unit);
// What the unit adds to a name in JSON: "_us", "_bytes".
std::string_view suffix(Unit unit);

// Padded to a width in characters: "µ" takes two bytes and one column.
std::string right(const std::string& text, std::size_t width);
std::string left(const std::string& text, std::size_t width);
std::size_t columns_of(const std::string& text);

// To a thousandth: more digits than a clock has would only look exact.
double rounded(double value);

}  // namespace mayfly::bench
