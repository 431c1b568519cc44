#include "vmm/control_writer.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <set>

#include "base/mapping.h"

namespace mayfly::vmm {
namespace {

constexpr GuestAddress kBase{abi::kWindowBase};

class Control : public testing::Test {
protected:
    Mapping page_ = Mapping::anonymous(abi::kPageSize).value();
    ControlWriter writer_{page_.bytes(), 64 << 20, abi::kTraceSyscalls, 4096};
    GuestClock clock_{2'000'000};
};

TEST_F(Control, HoldsWhatTheMachineIs) {
    EXPECT_EQ(writer_.page().magic, abi::kControlMagic);
    EXPECT_EQ(writer_.page().abi_version, abi::kVersion);
    EXPECT_EQ(writer_.page().ram_bytes, 64u << 20);
    EXPECT_EQ(writer_.page().flags, abi::kTraceSyscalls);
    EXPECT_EQ(writer_.page().tmp_limit_bytes, 4096u);
}

TEST_F(Control, NeverRepeatsAGenerationOrASeed) {
    std::set<std::uint64_t> generations;
    std::set<std::string> seeds;

    for (int resume = 0; resume < 1000; ++resume) {
        ASSERT_TRUE(writer_.write_resume(clock_, 0, {}));
        generations.insert(writer_.page().generation);
        seeds.emplace(reinterpret_cast<const char*>(writer_.page().seed), sizeof writer_.page().seed);
    }

    EXPECT_EQ(generations.size(), 1000u);
    EXPECT_EQ(seeds.size(), 1000u);
}

TEST_F(Control, CutsARequestIdThatIsTooLong) {
    const std::string id(100, 'i');

    ASSERT_TRUE(writer_.write_resume(clock_, 7, {abi::EventKind::invoke, 12, id}));

    EXPECT_EQ(std::string(writer_.page().request_id), std::string(63, 'i'));
    EXPECT_EQ(writer_.page().event_kind, abi::EventKind::invoke);
    EXPECT_EQ(writer_.page().event_length, 12u);
    EXPECT_EQ(writer_.page().deadline_ns, 7u);
}

// hostile: H5
TEST_F(Control, TellsTheHostsRealTime) {
    ASSERT_TRUE(writer_.write_resume(clock_, 0, {}));

    const auto& page = writer_.page();
    const std::uint64_t since_base = clock_.now_ns() - page.monotonic_base_ns;
    const auto difference =
        static_cast<double>(host_realtime_ns()) - static_cast<double>(page.realtime_base_ns + since_base);
    EXPECT_NEAR(difference, 0, 50e6);
}

TEST_F(Control, RefusesWindowsItCannotDescribe) {
    EXPECT_FALSE(writer_.add_window(kBase, 4096, "relative"));
    EXPECT_FALSE(writer_.add_window(kBase, 4096, "/" + std::string(55, 'x')));
    EXPECT_EQ(writer_.page().window_count, 0u);
}

TEST_F(Control, HoldsEightWindows) {
    for (std::uint32_t index = 0; index < abi::kMaxWindows; ++index) ASSERT_TRUE(writer_.add_window(kBase, 4096, "/x"));

    EXPECT_FALSE(writer_.add_window(kBase, 4096, "/x"));
    EXPECT_EQ(writer_.page().window_count, abi::kMaxWindows);
}

}  // namespace
}  // namespace mayfly::vmm
