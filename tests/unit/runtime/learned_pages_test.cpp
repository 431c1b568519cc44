#include "runtime/learned_pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mayfly::runtime {
namespace {

using testing::ElementsAre;

TEST(LearnedPages, AreThoseThatTwoEventsWrote) {
    LearnedPages learned;
    learned.note({1, 2, 5, 9});
    learned.note({2, 3, 9});
    std::vector<std::uint32_t> working_set{4, 9};

    learned.add_to(working_set);

    EXPECT_THAT(working_set, ElementsAre(2, 4, 9));
    EXPECT_FALSE(learned.wants_more());
}

TEST(LearnedPages, AreNoneAfterOneEvent) {
    LearnedPages learned;
    learned.note({1, 2});
    std::vector<std::uint32_t> working_set{4};

    learned.add_to(working_set);

    EXPECT_THAT(working_set, ElementsAre(4));
    EXPECT_TRUE(learned.wants_more());
}

TEST(LearnedPages, DoNotCountAnEventThatWroteTooMuchToSay) {
    LearnedPages learned;
    learned.note({1, 2});
    learned.note({});
    learned.note({2, 7});
    std::vector<std::uint32_t> working_set;

    learned.add_to(working_set);

    EXPECT_THAT(working_set, ElementsAre(2));
}

TEST(LearnedPages, StayAsTheyAreAfterTwoEvents) {
    LearnedPages learned;
    learned.note({1, 2});
    learned.note({1, 2});
    learned.note({9});
    std::vector<std::uint32_t> working_set;

    learned.add_to(working_set);

    EXPECT_THAT(working_set, ElementsAre(1, 2));
}

}  // namespace
}  // namespace mayfly::runtime
