#include "jail/self_check.h"

#include <gtest/gtest.h>

#include "jail/identity.h"

namespace mayfly::jail {
namespace {

// As Linux writes it, shortened.
const std::string kGood =
    "Name:\tmayfly-vmm\nUid:\t77\t77\t77\t77\nGid:\t77\t77\t77\t77\nGroups:\t \nNSpid:\t812\t1\nThreads:\t1\n"
    "CapInh:\t0000000000000000\nCapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n"
    "CapBnd:\t0000000000000000\nCapAmb:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\n";
constexpr Expected kExpected{.id = 77, .has_pid_namespace = true, .has_empty_bounding_set = true, .has_filter = true};

std::string with(const std::string& line, const std::string& instead) {
    std::string text = kGood;
    const std::size_t at = text.find(line);
    EXPECT_NE(at, text.npos) << line;
    return text.replace(at, line.size(), instead);
}

TEST(SelfCheck, TakesWhatIsAsItShouldBe) { EXPECT_TRUE(check_status(kGood, kExpected)); }

// hostile: S6
TEST(SelfCheck, RefusesEveryPropertyThatIsMissingOrWrong) {
    const std::vector<std::pair<std::string, std::string>> changes = {
        {"Uid:\t77", "Uid:\t0"},
        {"Uid:\t77\t77\t77\t77", "Uid:\t77\t77\t77\t0"},
        {"Gid:\t77", "Gid:\t0"},
        {"Groups:\t ", "Groups:\t0 "},
        {"NSpid:\t812\t1", "NSpid:\t812"},
        {"Threads:\t1", "Threads:\t2"},
        {"CapInh:\t0000000000000000", "CapInh:\t0000000000000001"},
        {"CapPrm:\t0000000000000000", "CapPrm:\t0000000000200000"},
        {"CapEff:\t0000000000000000", "CapEff:\t000001ffffffffff"},
        {"CapBnd:\t0000000000000000", "CapBnd:\t0000000000000400"},
        {"CapAmb:\t0000000000000000", "CapAmb:\t0000000000000002"},
        {"NoNewPrivs:\t1", "NoNewPrivs:\t0"},
        {"Seccomp:\t2", "Seccomp:\t0"},
    };
    for (const auto& [line, instead] : changes) {
        EXPECT_FALSE(check_status(with(line, instead), kExpected)) << instead;
        EXPECT_FALSE(check_status(with(line.substr(0, line.find(':') + 1), "Other:"), kExpected)) << "without " << line;
    }
    EXPECT_FALSE(check_status("", kExpected));
}

TEST(SelfCheck, AsksForNothingThatTheJailWasMadeWithout) {
    Expected less = kExpected;
    less.id = kOwnId;
    less.has_pid_namespace = less.has_empty_bounding_set = less.has_filter = false;
    std::string text = with("Seccomp:\t2", "Seccomp:\t0");
    text.replace(text.find("812\t1"), 5, "812");

    EXPECT_TRUE(check_status(text, less)) << check_status(text, less).error().message();
}

}  // namespace
}  // namespace mayfly::jail
