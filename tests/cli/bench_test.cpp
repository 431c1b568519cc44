// mayfly bench: which rows it prints, and beside what.
#include <gmock/gmock.h>

#include <fstream>
#include <iterator>
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
    EXPECT_THAT(names_of(report.at("rows")),
                testing::IsSupersetOf({"pristine", "stateful", "fresh", "boot_static", "boot_python", "cpu_python",
                                       "peer_cpu_python", "peer_fork", "peer_spawn_python", "fresh_ready"}));
    for (const json& row : report.at("rows")) expect_percentiles(row);
    for (const char* field : {"machine", "kernel", "kvm_backend", "commit", "version", "date"})
        EXPECT_TRUE(report.contains(field)) << field;
    std::ifstream file(plot);
    const std::string svg{std::istreambuf_iterator<char>(file), {}};
    EXPECT_THAT(svg, StartsWith("<svg"));
    EXPECT_THAT(svg, HasSubstr("peer_fork"));
    EXPECT_THAT(svg, HasSubstr("</svg>"));
}

// The counts are of this KVM backend; others have their own.
TEST(Bench, TheCountsStayBelowTheirCommittedCeilings) {
    if (std::string(run_mayfly({"doctor", "--json"}).out).find("pvm") == std::string::npos)
        GTEST_SKIP() << "the ceilings are of KVM's PVM backend";

    const Finished finished = run_mayfly({"bench", "counts", "--ceilings", MAYFLY_CEILINGS});

    EXPECT_EQ(finished.status, 0) << finished.out << finished.err;
}

TEST(Bench, FloorHasWhatNobodyCanBeat) {
    const Finished finished = run_mayfly({"bench", "floor", "--samples", "20", "--json"});

    ASSERT_EQ(finished.status, 0) << finished.err;
    const json rows = json::parse(finished.out).at("rows");
    EXPECT_GE(rows.size(), 5u);
    for (const json& row : rows) expect_percentiles(row);
}

const json& row_of(const json& rows, const std::string& name) {
    for (const json& row : rows)
        if (row.at("name") == name) return row;
    static const json absent;
    return absent;
}

void expect_proven(const json& report, const std::vector<std::string>& names) {
    EXPECT_THAT(names_of(report.at("proofs")), testing::IsSupersetOf(names));
    for (const json& proof : report.at("proofs")) EXPECT_TRUE(proof.at("holds")) << proof;
}

TEST(Bench, WorkloadsAreMeasuredNativelyAndInEachMode) {
    const Finished finished = run_mayfly({"bench", "workloads", "--only", "hello", "--only", "aes", "--only",
                                          "touch_1m", "--only", "thumbnail", "--samples", "20", "--json"});

    ASSERT_EQ(finished.status, 0) << finished.err;
    const json report = json::parse(finished.out);
    EXPECT_THAT(names_of(report.at("rows")),
                testing::IsSupersetOf({"hello/native", "hello/stateful", "hello/pristine", "hello/fresh", "aes/handler",
                                       "aes/native_handler", "touch_1m/pristine"}));
    EXPECT_GT(row_of(report.at("workloads"), "aes").at("inside_outside_ratio"), 0.3);
    // 256 pages of 4 KiB were written, and put back.
    EXPECT_GE(row_of(report.at("workloads"), "touch_1m").at("reset_pages"), 256);
    EXPECT_THAT(report.at("notes").dump(), HasSubstr("left out: thumbnail (image python3.11 has no python3-pil"));
}

TEST(Bench, WorkloadsThatAreNotThereAreAUsageError) {
    const Finished finished = run_mayfly({"bench", "workloads", "--only", "nonsense"});

    EXPECT_EQ(finished.status, 2);
    EXPECT_THAT(finished.err, HasSubstr("there is no workload 'nonsense'"));
}

TEST(Bench, SyscallsAreMeasuredInsideAndOutside) {
    const Finished finished = run_mayfly({"bench", "syscalls", "--samples", "2", "--json"});

    ASSERT_EQ(finished.status, 0) << finished.err;
    const json operations = json::parse(finished.out).at("operations");
    EXPECT_THAT(names_of(operations),
                testing::UnorderedElementsAre("getpid", "clock_gettime", "read_4k", "write_4k", "pipe_ping_pong",
                                              "futex_wake", "futex_ping_pong", "touch_64m", "mmap_touch_munmap_1m"));
    for (const json& operation : operations) {
        EXPECT_GT(operation.at("inside_us"), 0) << operation;
        EXPECT_GT(operation.at("outside_us"), 0) << operation;
    }
}

TEST(Bench, InvokeProvesIsolationAndDrawsTheOpenLoop) {
    Folder folder;
    const std::string plot = (folder.path() / "invoke.svg").string();

    const Finished finished = run_mayfly({"bench", "invoke", "--samples", "40", "--functions", "6", "--ready", "2",
                                          "--proof-invocations", "100", "--json", "--raw", "--plot", plot});

    ASSERT_EQ(finished.status, 0) << finished.err;
    const json report = json::parse(finished.out);
    expect_proven(report, {"forgotten", "probe_works", "held", "random", "flat", "flat_fresh"});
    EXPECT_EQ(report.at("open_loop").size(), 7u);
    EXPECT_EQ(row_of(report.at("rows"), "open_loop_50").at("raw_us").size(), 40u);
    EXPECT_EQ(row_of(report.at("rows"), "pristine").at("counts").at("exits").at("p50"), 1);
    const std::size_t churned = row_of(report.at("rows"), "churn_ready").at("samples").get<std::size_t>() +
                                row_of(report.at("rows"), "churn_absent").at("samples").get<std::size_t>();
    EXPECT_EQ(churned, 40u);
    std::ifstream file(plot);
    EXPECT_THAT((std::string{std::istreambuf_iterator<char>(file), {}}), HasSubstr("<polyline"));
}

// hostile: E7
TEST(Bench, BurstHasThemAllAliveAndAnswered) {
    Folder folder;
    const std::string saved = (folder.path() / "burst.json").string();

    const Finished finished = run_mayfly({"bench", "burst", "--samples", "12", "--save", saved});

    ASSERT_EQ(finished.status, 0) << finished.err;
    EXPECT_THAT(finished.out, HasSubstr("proven all_alive"));
    std::ifstream file(saved);
    const json report = json::parse(file);
    expect_proven(report, {"all_answered", "all_alive"});
    EXPECT_EQ(row_of(report.at("rows"), "burst").at("samples"), 12);
}

TEST(Bench, GrowthComparesMuchWithLittle) {
    const Finished finished =
        run_mayfly({"bench", "growth", "--samples", "20", "--functions", "3", "--code", "4", "--json"});

    ASSERT_EQ(finished.status, 0) << finished.err;
    const json report = json::parse(finished.out);
    for (const char* row :
         {"functions_few", "functions_many", "memory_little", "memory_much", "code_little", "code_much"})
        EXPECT_EQ(row_of(report.at("rows"), row).at("samples"), 20);
    for (const char* row : {"functions", "memory", "code"})
        EXPECT_GT(row_of(report.at("growth"), row).at("growth_ratio"), 0);
}

TEST(Bench, ABurstMayFindMicrovmsReady) {
    const Finished finished = run_mayfly({"bench", "burst", "--samples", "12", "--ready", "2", "--json"});

    ASSERT_EQ(finished.status, 0) << finished.err;
    expect_proven(json::parse(finished.out), {"all_answered", "all_alive"});
}

TEST(Bench, DensityIsASlope) {
    const Finished finished = run_mayfly({"bench", "density", "--samples", "20", "--json"});

    ASSERT_EQ(finished.status, 0) << finished.err;
    const json report = json::parse(finished.out);
    EXPECT_EQ(report.at("levels").size(), 3u);
    // One more microVM has at least the pages its event wrote, and far less than its 128 MiB.
    EXPECT_GT(report.at("each")[0].at("pss_bytes"), 100'000);
    EXPECT_LT(report.at("each")[0].at("pss_bytes"), 32 << 20);
}

TEST(Bench, CountsFailAboveTheirCeiling) {
    Folder folder;
    folder.file("ok.json", R"({"counts": {"pristine": {"exits": 1}}})");
    folder.file("low.json", R"({"counts": {"pristine": {"private_pages": 1}}, "times_us": {"pristine": 0}})");
    const auto counts = [&](const char* file) {
        return run_mayfly({"bench", "counts", "--samples", "20", "--ceilings", (folder.path() / file).string()});
    };

    const Finished ok = counts("ok.json");
    const Finished low = counts("low.json");

    EXPECT_EQ(ok.status, 0) << ok.err;
    EXPECT_EQ(low.status, 1);
    EXPECT_THAT(low.err, HasSubstr("pristine.private_pages is"));
    EXPECT_THAT(low.out, HasSubstr("warning: p50 in µs of pristine is"));
}

}  // namespace
}  // namespace mayfly::test
