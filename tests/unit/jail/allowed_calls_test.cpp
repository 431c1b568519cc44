#include "microvm/allowed_calls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <string>

namespace mayfly::microvm {
namespace {

std::string row(std::string_view name, std::string_view reason) {
    return "| `" + std::string(name) + "` | " + std::string(reason) + " |";
}

// The rows between the two marks of docs/security.md.
std::set<std::string> documented() {
    std::ifstream page(MAYFLY_SECURITY_PAGE);
    std::set<std::string> rows;
    bool is_inside = false;
    for (std::string line; std::getline(page, line);) {
        if (line == "<!-- calls -->") is_inside = true;
        if (line == "<!-- end of calls -->") is_inside = false;
        if (is_inside && line.starts_with("| `")) rows.insert(line);
    }
    return rows;
}

TEST(AllowedCalls, AreThoseOfTheSecurityPage) {
    std::set<std::string> rows;
    for (const jail::AllowedCalls& allowed : all_allowed_calls()) {
        for (const jail::AllowedCall& call : allowed.calls) rows.insert(row(call.name, call.reason));
        for (const jail::AllowedIoctl& ioctl : allowed.ioctls) rows.insert(row(ioctl.name, ioctl.reason));
    }
    EXPECT_THAT(documented(), testing::ContainerEq(rows));
}

}  // namespace
}  // namespace mayfly::microvm
