// Nothing of an event reaches the next one, and no two clones share a random number.
#include <nlohmann/json.hpp>
#include <set>

#include "tests/runtime/test_engine.h"

namespace mayfly::test {
namespace {

using Json = nlohmann::json;

TEST(Canary, IsNeverSeenByTheNextOfAThousandEvents) {
    Function function = load("canary");
    for (int count = 0; count < 1000; ++count) {
        const Invocation invocation =
            invoke(function, R"({"write": ")" + std::to_string(count) + "\"}", Mode::pristine);
        ASSERT_EQ(invocation.outcome, Outcome::finished) << invocation.cause << text_of(invocation.logs);
        ASSERT_EQ(invocation.reply, "[]") << count;
    }
}

TEST(Canary, IsSeenByTheNextEventOfAStatefulMicrovm) {
    Function function = load("canary");
    invoke(function, R"({"write": "1"})", Mode::stateful);

    EXPECT_NE(invoke(function, "{}", Mode::stateful).reply, "[]");
}

class Randomness : public ::testing::Test {
protected:
    void take(const Invocation& invocation) {
        ASSERT_EQ(invocation.outcome, Outcome::finished) << invocation.cause << text_of(invocation.logs);
        const Json drawn = Json::parse(invocation.reply);
        for (const auto& [source, value] : drawn.items())
            ASSERT_TRUE(seen_.insert(source + value.dump()).second) << source << " repeated " << value;
    }

    Function function_ = load("randomness");
    std::set<std::string> seen_;
};

TEST_F(Randomness, NeverRepeatsInAThousandClones) {
    for (int clone = 0; clone < 1000; ++clone) take(invoke(function_, "{}", Mode::pristine));
}

TEST_F(Randomness, NeverRepeatsInFreshMicrovms) {
    for (int clone = 0; clone < 50; ++clone) take(invoke(function_, "{}", Mode::fresh));
}

}  // namespace
}  // namespace mayfly::test
