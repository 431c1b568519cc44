// Nothing of an event reaches the next one, and no two clones share a random number.
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/rounds.h"
#include "tests/runtime/test_engine.h"

namespace mayfly::test {
namespace {

using Json = nlohmann::json;

// hostile: H1 S14
TEST(Canary, IsNeverSeenByTheNextEvent) {
    const std::uint64_t pairs = rounds(1000, 10'000);
    Function function = load("canary");
    for (std::uint64_t count = 0; count < pairs; ++count) {
        const Invocation invocation =
            invoke(function, R"({"write": ")" + std::to_string(count) + "\"}", Mode::pristine);
        ASSERT_EQ(invocation.outcome, Outcome::finished) << invocation.cause << text_of(invocation.logs);
        ASSERT_EQ(invocation.reply, "[]") << count;
    }
}

// It reads all RAM, on a machine that may be busy for hours.
Function load_canary_everywhere() {
    FunctionOptions options = options_of("canary_everywhere");
    options.timeout = std::chrono::minutes(1);
    return load(options);
}

// hostile: H1 H2 S14
TEST(Canary, IsNowhereInMemoryOrRegistersAtTheNextEvent) {
    const std::uint64_t pairs = rounds(20, 10'000);
    Function function = load_canary_everywhere();
    for (std::uint64_t count = 0; count < pairs; ++count) {
        const Invocation invocation = invoke(function, R"({"write": true})", Mode::pristine);
        ASSERT_EQ(invocation.outcome, Outcome::finished) << invocation.cause << text_of(invocation.logs);
        ASSERT_EQ(invocation.reply, "[]") << count;
    }
}

TEST(Canary, IsFoundWhereItIs) {
    Function function = load_canary_everywhere();
    const Invocation writing = invoke(function, R"({"write": true})", Mode::stateful);
    ASSERT_EQ(writing.outcome, Outcome::finished) << writing.cause;

    const std::string found = invoke(function, "{}", Mode::stateful).reply;

    EXPECT_THAT(found, ::testing::HasSubstr("RAM"));
    EXPECT_THAT(found, ::testing::HasSubstr("exchange area"));
    EXPECT_THAT(found, ::testing::HasSubstr("file"));
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

// hostile: H3 S15
TEST_F(Randomness, NeverRepeatsInClones) {
    const std::uint64_t clones = rounds(1000, 100'000);
    Function other = load("randomness");
    for (std::uint64_t clone = 0; clone < clones; ++clone)
        take(invoke(clone % 2 == 0 ? function_ : other, "{}", Mode::pristine));
    std::cout << seen_.size() << " values, no two alike\n";
}

// hostile: H3 S15
TEST_F(Randomness, NeverRepeatsInFreshMicrovms) {
    const std::uint64_t clones = rounds(50, 100'000);
    for (std::uint64_t clone = 0; clone < clones; ++clone) take(invoke(function_, "{}", Mode::fresh));
}

}  // namespace
}  // namespace mayfly::test
