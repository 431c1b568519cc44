// mayfly bench: which rows it prints, and beside what.
#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "python_test.h"

namespace mayfly::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

std::vector<std::string> names_of(const json& rows) {
    std::vector<std::string> names;
    for (const json& row : rows) names.push_back(row.at("name"));
    return names;
}

void expect_percentiles(const json& row) {
    EXPECT_GT(row.at("samples"), 0) << row;
    EXPECT_GT(row.at("p50_us"), 0) << row;
    EXPECT_LE(row.at("p50_us"), row.at("p90_us")) << row;
    EXPECT_LE(row.at("p90_us"), row.at("p99_us")) << row;
    EXPECT_LE(row.at("p99_us"), row.at("p999_us")) << row;
    EXPECT_LE(row.at("p999_us"), row.at("max_us")) << row;
}

TEST(Bench, StartupHasEveryRowBesideItsPeersAndDrawsThem) {
    Folder folder;
    const std::string plot = (folder.path() / "startup.svg").string();

    const Finished finished = run_mayfly({"bench", "startup", "--samples", "20", "--json", "--plot", plot});

    ASSERT_EQ(finished.status, 0) << finished.err;
    const json report = json::parse(finished.out);
    EXPECT_THAT(names_of(report.at("rows")), testing::IsSupersetOf({"pristine", "stateful", "fresh", "boot_static",
                                                                    "boot_python", "peer_fork", "peer_spawn_python"}));
    for (const json& row : report.at("rows")) expect_percentiles(row);
    for (const char* field : {"machine", "kernel", "kvm_backend", "commit", "version", "date"})
        EXPECT_TRUE(report.contains(field)) << field;
    std::ifstream file(plot);
    const std::string svg{std::istreambuf_iterator<char>(file), {}};
    EXPECT_THAT(svg, StartsWith("<svg"));
    EXPECT_THAT(svg, HasSubstr("peer_fork"));
    EXPECT_THAT(svg, HasSubstr("</svg>"));
}

TEST(Bench, FloorHasWhatNobodyCanBeat) {
    const Finished finished = run_mayfly({"bench", "floor", "--samples", "20", "--json"});

    ASSERT_EQ(finished.status, 0) << finished.err;
    const json rows = json::parse(finished.out).at("rows");
    EXPECT_GE(rows.size(), 5u);
    for (const json& row : rows) expect_percentiles(row);
}

}  // namespace
}  // namespace mayfly::test
