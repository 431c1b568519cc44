#include "microvm/placement.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <thread>

namespace mayfly::microvm {
namespace {

int allowed_processors() {
    cpu_set_t allowed;
    return ::sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? CPU_COUNT(&allowed) : 0;
}

TEST(Placement, MovesToAnotherProcessorAndMayUseAllAfterwards) {
    if (allowed_processors() < 2) GTEST_SKIP() << "one processor";
    std::thread([] {  // whose affinity is its own
        const int before = allowed_processors();
        const int here = ::sched_getcpu();
        Placement placement;

        placement.keep_off(static_cast<unsigned>(here));

        EXPECT_NE(::sched_getcpu(), here);
        EXPECT_EQ(allowed_processors(), before);
    })
        .join();
}

TEST(Placement, StaysWhereThereIsNoOther) {
    std::thread([] {
        const int here = ::sched_getcpu();
        cpu_set_t only;
        CPU_ZERO(&only);
        CPU_SET(here, &only);
        ASSERT_EQ(::sched_setaffinity(0, sizeof only, &only), 0);
        Placement placement;

        placement.keep_off(static_cast<unsigned>(here));
        placement.keep_off(~0u);

        EXPECT_EQ(::sched_getcpu(), here);
        EXPECT_EQ(allowed_processors(), 1);
    }).join();
}

}  // namespace
}  // namespace mayfly::microvm
