// A process that plays a microVM process taken over by its guest.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "base/sanitizer.h"
#include "tests/unit/jail/inmate.h"
#include "tests/unit/jail/ways_out.h"

namespace mayfly::jail {
namespace {

constexpr int kMostStatus = 124;  // of an exit, for a count of failures

// The ways that are open to a process in this jail; each is tried by a process of its own.
int count_open(Jail& jail, bool skip_those_of_filter) {
    int open = 0;
    for (const WayOut& way : ways_out()) {
        if (skip_those_of_filter && way.only_filter) continue;
        const Ending ending = in_locked(jail, [&](Jail&) { return way.is_open() ? 1 : 0; });
        if (ending.was_killed_by_filter() || ending.status == 0) continue;
        ++open;
        std::fprintf(stderr, "open: %s (status %d, signal %d) %s\n", way.name, ending.status, ending.signal,
                     ending.error.c_str());
    }
    return std::min(open, kMostStatus);
}

TEST(WaysOut, AreManyAndHaveNames) { EXPECT_GE(ways_out().size(), 40u); }

// hostile: S7 F14 H9 E11
TEST(WaysOut, AllAreShut) {
    if (kHasSanitizer) GTEST_SKIP() << "sanitizers";
    const Ending ending = in_zygote({}, [](Jail& jail) { return count_open(jail, false); });

    EXPECT_EQ(ending.status, 0) << ending.error;
}

// The other walls stand by themselves.
TEST(WaysOut, AreShutWithoutTheFilterToo) {
    const Ending ending = in_zygote({.no_seccomp = true}, [](Jail& jail) { return count_open(jail, true); });

    EXPECT_EQ(ending.status, 0) << ending.error;
}

// The test can fail: outside a jail many are open.
TEST(WaysOut, AreOpenOutside) {
    const pid_t pid = ::fork();
    if (pid == 0) {
        int open = 0;
        for (const WayOut& way : ways_out())
            if (std::string_view(way.name) == "open the root" || std::string_view(way.name) == "map executable memory")
                open += way.is_open() ? 1 : 0;
        ::_exit(open);
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    EXPECT_EQ(WEXITSTATUS(status), 2);
}

}  // namespace
}  // namespace mayfly::jail
