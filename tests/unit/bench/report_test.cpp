#include "bench/report/report.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

namespace mayfly::bench {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

Series series(const std::string& name, std::vector<double> samples) {
    Series made;
    made.name = name;
    made.samples = std::move(samples);
    return made;
}

Report report_with(Series one) {
    Report report;
    report.title = "A <measurement>";
    report.series.push_back(std::move(one));
    return report;
}

TEST(ReportAsJson, HasSamplesOnlyWhenAsked) {
    const Report report = report_with(series("pristine", {3, 1, 2}));

    EXPECT_FALSE(json::parse(to_json(report)).at("rows")[0].contains("raw_us"));
    EXPECT_THAT(json::parse(to_json(report, Raw::yes)).at("rows")[0].at("raw_us"), ElementsAre(3, 1, 2));
}

TEST(ReportAsJson, HasCountsBesideTimes) {
    Series counted = series("pristine", {});
    Counts counts;
    counts.exits = 1;
    counts.reset_pages = 109;
    counted.add({250, counts});

    const json row = json::parse(to_json(report_with(counted))).at("rows")[0];

    EXPECT_EQ(row.at("counts").at("exits").at("p50"), 1);
    EXPECT_EQ(row.at("counts").at("reset_pages").at("max"), 109);
}

TEST(ReportAsJson, NamesFiguresWithTheirUnit) {
    Report report;
    report.tables.push_back(
        {"each", "", {{"pss", "PSS", Unit::bytes}, {"rate", "rate", Unit::per_second}}, {{"a", {5, {}}, ""}}});

    const json row = json::parse(to_json(report)).at("each")[0];

    EXPECT_EQ(row.at("pss_bytes"), 5);
    EXPECT_TRUE(row.at("rate_per_second").is_null());
}

TEST(ReportAsText, SaysWhichProofFailed) {
    Report report;
    report.proofs = {{"forgotten", true, "nothing was seen"}, {"flat", false, "descriptors 3 to 4"}};

    EXPECT_FALSE(report.proven());
    EXPECT_THAT(to_table(report), HasSubstr("proven forgotten"));
    EXPECT_THAT(to_table(report), HasSubstr("FAILED flat: descriptors 3 to 4"));
}

TEST(ReportAsText, LeavesDetailsToTheJson) {
    Series detail = series("detail", {1});
    detail.is_detail = true;
    Report report = report_with(std::move(detail));
    report.series.push_back(series("headline", {1}));

    EXPECT_THAT(to_table(report), Not(HasSubstr("detail")));
    EXPECT_THAT(to_svg(report), Not(HasSubstr("detail")));
    EXPECT_THAT(to_json(report), HasSubstr("detail"));
}

TEST(ReportAsSvg, DrawsTheChartWithItsLines) {
    Report report = report_with(series("pristine", {1}));
    report.chart = Chart{"load", Unit::percent, "latency", Unit::microseconds, true, {{"p99", {{10, 100}, {50, 400}}}}};

    const std::string svg = to_svg(report);

    EXPECT_THAT(svg, HasSubstr("A &lt;measurement&gt;"));
    EXPECT_THAT(svg, HasSubstr("<polyline"));
    EXPECT_THAT(svg, HasSubstr(">p99</text>"));
    EXPECT_THAT(svg, Not(HasSubstr("nan")));
}

TEST(ReportAsSvg, OfNothingIsStillADrawing) {
    Report report;
    report.chart = Chart{};

    EXPECT_THAT(to_svg(report), testing::AllOf(HasSubstr("</svg>"), Not(HasSubstr("nan")), Not(HasSubstr("inf"))));
}

TEST(Units, ShowThreeDigitsThatMatter) {
    EXPECT_EQ(human(0.25, Unit::microseconds), "250 ns");
    EXPECT_EQ(human(1234, Unit::microseconds), "1.23 ms");
    EXPECT_EQ(human(1536, Unit::bytes), "1.50 KiB");
    EXPECT_EQ(human(3.5e9, Unit::bytes), "3.26 GiB");
    EXPECT_EQ(human(8833.2, Unit::per_second), "8833/s");
}

}  // namespace
}  // namespace mayfly::bench
