// A finished measurement, as people, programs and eyes read it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/report/machine.h"
#include "bench/report/samples.h"
#include "bench/report/units.h"

namespace mayfly::bench {

// Figures that are no percentiles of one series: ratios, rates, sizes.
struct Table {
    struct Column {
        std::string name;  // in JSON, with the unit's suffix
        std::string heading;
        Unit unit = Unit::count;
    };
    struct Row {
        std::string name;
        std::vector<std::optional<double>> values;  // one a column; absent: not measured
        std::string what;                           // a few words for people
    };
    std::string name;  // in JSON
    std::string title;
    std::vector<Column> columns;
    std::vector<Row> rows;
};

// Lines in a coordinate system, in place of the distributions.
struct Chart {
    struct Point {
        double x = 0;
        double y = 0;
    };
    struct Line {
        std::string name;
        std::vector<Point> points;
    };
    std::string x_title;
    Unit x_unit = Unit::count;
    std::string y_title;
    Unit y_unit = Unit::microseconds;
    bool logarithmic = false;  // the y axis
    std::vector<Line> lines;
};

// A property of what was measured, without which its numbers would be worth nothing.
struct Proof {
    std::string name;  // in JSON
    bool holds = false;
    std::string found;  // a sentence: what was tried and what was seen
};

struct Report {
    std::string title;
    Machine machine;
    std::vector<Series> series;
    std::string reference;  // the series the table's ratios are against; empty: no ratios
    std::vector<Table> tables;
    std::optional<Chart> chart;
    std::vector<Proof> proofs;
    std::vector<std::string> notes;  // what was left out and why, and how it was measured

    bool proven() const;  // all proofs hold
};

enum class Raw { no, yes };

std::string to_table(const Report& report);
// One object: machine, rows, tables, proofs, notes; with every sample and its counts when raw.
std::string to_json(const Report& report, Raw raw = Raw::no);
// The chart if there is one, else the distributions of the series on a logarithmic axis.
std::string to_svg(const Report& report);

}  // namespace mayfly::bench
