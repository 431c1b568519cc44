// What counts may not exceed: a committed file, so that growth is a decision and not an accident.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace mayfly::bench {

// By name, as in "pristine.exits".
using Figures = std::map<std::string, double>;

struct Ceilings {
    Figures counts;    // exceeding one fails
    Figures times_us;  // exceeding one only warns: times are the machine's as much as ours
};

// {"counts": {"pristine": {"exits": 1}}, "times_us": {"pristine": 300}}; nested names are joined by dots.
Result<Ceilings> parse_ceilings(std::string_view json);

// A sentence for each figure above its ceiling, and for each ceiling whose figure was not measured.
std::vector<std::string> exceeded(const Figures& figures, const Figures& ceilings);

}  // namespace mayfly::bench
