#include "microvm/poll_window.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace mayfly::microvm {
namespace {

TEST(PollWindow, IsClosedAtFirst) { EXPECT_EQ(PollWindow{}.ns(0), 0u); }

TEST(PollWindow, OpensToTwiceAWaitThatDidNotFitIn) {
    PollWindow window;
    window.waited(70'000);
    EXPECT_EQ(window.ns(0), 140'000u);
    window.waited(90'000);
    EXPECT_EQ(window.ns(0), 140'000u);
}

TEST(PollWindow, OpensAtLeastToTheShortest) {
    PollWindow window;
    window.waited(1);
    EXPECT_EQ(window.ns(0), PollWindow::kShortestNs);
}

TEST(PollWindow, NeverOpensBeyondTheLongest) {
    PollWindow window;
    for (int wait = 0; wait < 20; ++wait) window.waited(PollWindow::kLongestNs);
    EXPECT_EQ(window.ns(0), PollWindow::kLongestNs);
}

TEST(PollWindow, HalvesWithEveryLongWaitAndCloses) {
    PollWindow window;
    window.waited(40'000);
    window.waited(PollWindow::kLongestNs + 1);
    EXPECT_EQ(window.ns(0), 40'000u);
    for (int wait = 0; wait < 3; ++wait) window.waited(1'000'000'000);
    EXPECT_EQ(window.ns(0), 0u);
}

PollWindow open_window() {
    PollWindow window;
    window.waited(PollWindow::kLongestNs);
    return window;
}

TEST(PollWindow, IsClosedForATimeOnceTheProcessorWasLost) {
    constexpr std::uint64_t kNow = 5'000'000'000;
    PollWindow window = open_window();
    window.gave_way(PollWindow::kLossNs - 1, kNow);
    EXPECT_EQ(window.ns(kNow), PollWindow::kLongestNs);

    window.gave_way(PollWindow::kLossNs, kNow);

    EXPECT_EQ(window.ns(kNow), 0u);
    EXPECT_EQ(window.ns(kNow + PollWindow::kShortestRestNs - 1), 0u);
    EXPECT_EQ(window.ns(kNow + PollWindow::kShortestRestNs), PollWindow::kLongestNs);
}

TEST(PollWindow, StaysClosedForTwiceAsLongWithEveryLossThatFollows) {
    PollWindow window = open_window();
    std::uint64_t now = 5'000'000'000;
    std::uint64_t rest = PollWindow::kShortestRestNs;
    for (int loss = 0; loss < 10; ++loss) {
        window.gave_way(4'000'000, now);
        EXPECT_EQ(window.ns(now + rest - 1), 0u) << loss;
        EXPECT_NE(window.ns(now + rest), 0u) << loss;
        now += rest;
        rest = std::min(2 * rest, PollWindow::kLongestRestNs);
    }
}

TEST(PollWindow, ForgetsLossesOnceLookingGoesWell) {
    PollWindow window = open_window();
    std::uint64_t now = 5'000'000'000;
    for (int loss = 0; loss < 10; ++loss) window.gave_way(4'000'000, now);
    now += PollWindow::kLongestRestNs;
    for (unsigned look = 0; look < PollWindow::kGoodLooks; ++look) window.found(now);

    window.gave_way(4'000'000, now);

    EXPECT_NE(window.ns(now + PollWindow::kShortestRestNs), 0u);
}

TEST(PollWindow, WhatWasFoundBesideALossSaysNothingOfTheNext) {
    PollWindow window = open_window();
    std::uint64_t now = 5'000'000'000;
    for (int loss = 0; loss < 2; ++loss) {
        window.gave_way(4'000'000, now);
        for (unsigned look = 0; look < PollWindow::kGoodLooks; ++look) window.found(now);
    }

    EXPECT_EQ(window.ns(now + PollWindow::kShortestRestNs), 0u);
}

}  // namespace
}  // namespace mayfly::microvm
