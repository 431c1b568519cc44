#include "guest/fs/page_tree.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace mayfly::guest {
namespace {

constexpr u64 kEnd = u64{1} << 51;

void clear(PageTree& tree) {
    while (tree.take_first(0, kEnd) != PageTree::kNone) {
    }
}

TEST(PageTree, FindsWhatWasInserted) {
    PageTree tree;
    for (const u64 index : {u64{0}, u64{1}, u64{63}, u64{64}, u64{4095}, u64{1} << 40, kEnd - 1})
        ASSERT_TRUE(tree.insert(index, PhysAddr{index * 4096}));

    EXPECT_EQ(tree.find(0), PhysAddr{0});
    EXPECT_EQ(tree.find(64), PhysAddr{64 * 4096});
    EXPECT_EQ(tree.find(kEnd - 1), PhysAddr{(kEnd - 1) * 4096});
    EXPECT_EQ(tree.find(2), PageTree::kNone);
    EXPECT_EQ(tree.next_page(65, kEnd), 4095u);
    EXPECT_EQ(tree.next_page(4096, kEnd), u64{1} << 40);
    EXPECT_EQ(tree.next_page(65, 100), 100u);
    clear(tree);
}

TEST(PageTree, BehavesAsAMapUnderRandomUse) {
    std::mt19937_64 random(7);
    PageTree tree;
    std::map<u64, PhysAddr> model;
    for (int step = 0; step < 20'000; ++step) {
        const u64 index = random() % 3 == 0 ? random() % kEnd : random() % 300;
        if (random() % 2 == 0) {
            if (model.count(index) != 0) continue;
            ASSERT_TRUE(tree.insert(index, PhysAddr{index << 12}));
            model[index] = PhysAddr{index << 12};
        } else {
            const u64 end = index + random() % 50;
            const auto first = model.lower_bound(index);
            const bool any = first != model.end() && first->first < end;
            ASSERT_EQ(tree.next_page(index, end), any ? first->first : end);
            ASSERT_EQ(tree.take_first(index, end), any ? first->second : PageTree::kNone);
            if (any) model.erase(first);
        }
    }
    for (const auto& [index, frame] : model) ASSERT_EQ(tree.find(index), frame);
    clear(tree);
}

}  // namespace
}  // namespace mayfly::guest
