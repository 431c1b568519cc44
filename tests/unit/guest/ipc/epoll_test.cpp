#include "guest/ipc/epoll.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace mayfly::guest {
namespace {

// A file whose readiness the test decides.
class Lamp final : public File {
public:
    Lamp() : File(O_RDWR) {}
    u32 poll() override { return events; }
    void light(u32 wanted) {
        events = wanted;
        ready().wake_all();
    }
    u32 events = 0;
};

epoll_event wants(u32 events, u64 data = 0) {
    epoll_event event{};
    event.events = events;
    event.data = data;
    return event;
}

// The data of what is ready.
std::vector<u64> collect(Epoll& epoll, usize max = 8) {
    std::array<epoll_event, 8> events{};
    const auto count = epoll.collect(UserPtr<epoll_event>(UserAddr{reinterpret_cast<u64>(events.data())}), max);
    std::vector<u64> result;
    for (usize i = 0; count && i < *count; ++i) result.push_back(events[i].data);
    return result;
}

TEST(Epoll, TellsOfAFileThatBecameReady) {
    auto epoll = *make_ref<Epoll>();
    auto lamp = *make_ref<Lamp>();
    ASSERT_TRUE(epoll->add(*lamp, 5, wants(EPOLLIN, 42)));

    EXPECT_TRUE(collect(*epoll).empty());
    lamp->light(POLLIN);

    EXPECT_EQ(collect(*epoll), std::vector<u64>{42});
    EXPECT_EQ(epoll->poll() & POLLIN, u32{POLLIN});
}

TEST(Epoll, ForgetsAFileThatGoes) {
    auto epoll = *make_ref<Epoll>();
    auto lamp = *make_ref<Lamp>();
    ASSERT_TRUE(epoll->add(*lamp, 5, wants(EPOLLIN, 42)));
    lamp->light(POLLIN);

    lamp = nullptr;

    EXPECT_TRUE(collect(*epoll).empty());
    EXPECT_EQ(epoll->poll(), 0u);
}

TEST(Epoll, MayGoBeforeItsFiles) {
    auto epoll = *make_ref<Epoll>();
    auto lamp = *make_ref<Lamp>();
    ASSERT_TRUE(epoll->add(*lamp, 5, wants(EPOLLIN)));

    epoll = nullptr;
    lamp->light(POLLIN);

    EXPECT_EQ(lamp->references(), 1u);
}

TEST(Epoll, EdgeTriggeredTellsOncePerWakeUp) {
    auto epoll = *make_ref<Epoll>();
    auto lamp = *make_ref<Lamp>();
    ASSERT_TRUE(epoll->add(*lamp, 5, wants(EPOLLIN | EPOLLET, 1)));

    lamp->light(POLLIN);
    EXPECT_EQ(collect(*epoll).size(), 1u);
    EXPECT_EQ(collect(*epoll).size(), 0u);

    lamp->light(POLLIN);
    EXPECT_EQ(collect(*epoll).size(), 1u);
}

TEST(Epoll, KeepsAnEventThatCouldNotBeCopiedOut) {
    auto epoll = *make_ref<Epoll>();
    auto lamp = *make_ref<Lamp>();
    ASSERT_TRUE(epoll->add(*lamp, 5, wants(EPOLLIN, 9)));
    lamp->light(POLLIN);

    EXPECT_EQ(epoll->collect(UserPtr<epoll_event>(UserAddr{0}), 1).error().value, EFAULT);

    EXPECT_EQ(collect(*epoll), std::vector<u64>{9});
}

TEST(Epoll, ServesAllFilesWhenEachCallTakesOne) {
    auto epoll = *make_ref<Epoll>();
    std::vector<Ref<Lamp>> lamps;
    for (int i = 0; i < 3; ++i) {
        lamps.push_back(*make_ref<Lamp>());
        ASSERT_TRUE(epoll->add(*lamps.back(), i, wants(EPOLLIN, static_cast<u64>(i))));
        lamps.back()->light(POLLIN);
    }

    EXPECT_EQ(collect(*epoll, 1), std::vector<u64>{0});
    EXPECT_EQ(collect(*epoll, 1), std::vector<u64>{1});
    EXPECT_EQ(collect(*epoll, 1), std::vector<u64>{2});
}

TEST(Epoll, NestedInstanceIsReadyWithItsFiles) {
    auto inner = *make_ref<Epoll>();
    auto outer = *make_ref<Epoll>();
    auto lamp = *make_ref<Lamp>();
    ASSERT_TRUE(inner->add(*lamp, 1, wants(EPOLLIN, 1)));
    ASSERT_TRUE(outer->add(*inner, 2, wants(EPOLLIN, 2)));

    lamp->light(POLLIN);
    EXPECT_EQ(collect(*outer), std::vector<u64>{2});
    lamp->light(0);

    EXPECT_TRUE(collect(*outer).empty());
}

TEST(Epoll, RefusesCircles) {
    auto a = *make_ref<Epoll>();
    auto b = *make_ref<Epoll>();
    auto c = *make_ref<Epoll>();
    ASSERT_TRUE(a->add(*b, 1, wants(EPOLLIN)));
    ASSERT_TRUE(b->add(*c, 2, wants(EPOLLIN)));

    EXPECT_EQ(c->add(*a, 3, wants(EPOLLIN)).error().value, ELOOP);
}

TEST(Epoll, BoundsChainsBuiltFromEitherEnd) {
    std::vector<Ref<Epoll>> down, up;
    for (int i = 0; i < 10; ++i) {
        down.push_back(*make_ref<Epoll>());
        up.push_back(*make_ref<Epoll>());
    }
    int down_added = 0, up_added = 0;

    for (usize i = 0; i + 1 < down.size(); ++i) {
        if (down[i]->add(*down[i + 1], 1, wants(EPOLLIN))) ++down_added;
    }
    for (usize i = up.size() - 1; i > 0; --i) {
        if (up[i - 1]->add(*up[i], 1, wants(EPOLLIN))) ++up_added;
    }

    // The first that is refused breaks the chain; what follows begins another.
    EXPECT_LT(down_added, 9);
    EXPECT_LT(up_added, 9);
}

TEST(Epoll, ChainCanBeBuiltAgainAfterItWasTakenApart) {
    auto a = *make_ref<Epoll>();
    auto b = *make_ref<Epoll>();
    ASSERT_TRUE(a->add(*b, 1, wants(EPOLLIN)));

    ASSERT_TRUE(a->remove(*b, 1));

    EXPECT_TRUE(b->add(*a, 1, wants(EPOLLIN)));
}

TEST(Epoll, NestedInstancesMayGoInAnyOrder) {
    auto inner = *make_ref<Epoll>();
    auto outer = *make_ref<Epoll>();
    auto lamp = *make_ref<Lamp>();
    ASSERT_TRUE(inner->add(*lamp, 1, wants(EPOLLIN)));
    ASSERT_TRUE(outer->add(*inner, 2, wants(EPOLLIN)));

    inner = nullptr;
    lamp->light(POLLIN);
    EXPECT_TRUE(collect(*outer).empty());
    outer = nullptr;

    EXPECT_EQ(lamp->references(), 1u);
}

}  // namespace
}  // namespace mayfly::guest
