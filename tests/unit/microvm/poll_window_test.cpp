#include "microvm/poll_window.h"

#include <gtest/gtest.h>

namespace mayfly::microvm {
namespace {

TEST(PollWindow, IsClosedAtFirst) { EXPECT_EQ(PollWindow{}.ns(), 0u); }

TEST(PollWindow, OpensToTwiceAWaitThatDidNotFitIn) {
    PollWindow window;
    window.waited(70'000);
    EXPECT_EQ(window.ns(), 140'000u);
    window.waited(90'000);
    EXPECT_EQ(window.ns(), 140'000u);
}

TEST(PollWindow, OpensAtLeastToTheShortest) {
    PollWindow window;
    window.waited(1);
    EXPECT_EQ(window.ns(), PollWindow::kShortestNs);
}

TEST(PollWindow, NeverOpensBeyondTheLongest) {
    PollWindow window;
    for (int wait = 0; wait < 20; ++wait) window.waited(PollWindow::kLongestNs);
    EXPECT_EQ(window.ns(), PollWindow::kLongestNs);
}

TEST(PollWindow, HalvesWithEveryLongWaitAndCloses) {
    PollWindow window;
    window.waited(40'000);
    window.waited(PollWindow::kLongestNs + 1);
    EXPECT_EQ(window.ns(), 40'000u);
    for (int wait = 0; wait < 3; ++wait) window.waited(1'000'000'000);
    EXPECT_EQ(window.ns(), 0u);
}

}  // namespace
}  // namespace mayfly::microvm
