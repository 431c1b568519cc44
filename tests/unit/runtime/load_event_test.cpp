#include "runtime/load_event.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace mayfly::runtime {
namespace {

TEST(LoadEvent, DescribesTheFunction) {
    FunctionOptions options;
    options.name = "hello";
    options.handler = "app.handler";
    options.memory_mb = 256;
    options.environment = {{"KEY", "a \"quoted\" value"}};

    const auto event = nlohmann::json::parse(load_event(options));

    EXPECT_EQ(event["handler"], "app.handler");
    EXPECT_EQ(event["function_name"], "hello");
    EXPECT_EQ(event["memory_limit_in_mb"], 256);
    EXPECT_EQ(event["environment"]["KEY"], "a \"quoted\" value");
    EXPECT_EQ(event["task_root"], "/var/task");
}

TEST(RandomUuid, HasItsFormAndIsNeverTheSame) {
    EXPECT_THAT(random_uuid(), ::testing::MatchesRegex("[0-9a-f]+-[0-9a-f]+-4[0-9a-f]+-[89ab][0-9a-f]+-[0-9a-f]+"));
    EXPECT_EQ(random_uuid().size(), 36u);
    EXPECT_NE(random_uuid(), random_uuid());
}

}  // namespace
}  // namespace mayfly::runtime
