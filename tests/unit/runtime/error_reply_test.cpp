#include "runtime/error_reply.h"

#include <gtest/gtest.h>

namespace mayfly::runtime {
namespace {

TEST(DescribeLoadError, ShowsTypeMessageAndTrace) {
    const std::string text = describe_load_error(
        R"({"errorMessage":"No module named 'x'","errorType":"ImportError","stackTrace":["  File app.py\n","  import x\n"]})");

    EXPECT_EQ(text, "ImportError: No module named 'x'\n  File app.py\n  import x");
}

TEST(DescribeLoadError, SurvivesAnyReply) {
    for (const char* reply :
         {"", "null", "[]", "{", "{\"errorType\":7,\"stackTrace\":{}}", "{\"stackTrace\":[null,\"\"]}"})
        describe_load_error(reply);
}

// Read into values, the first takes 60 times its size.
// hostile: A19 C16
TEST(DescribeLoadError, LooksIntoNothingLargeOrDeep) {
    const std::string deep =
        "{\"errorType\":\"E\",\"stackTrace\":" + std::string(500'000, '[') + std::string(500'000, ']') + "}";
    const std::string large = "{\"errorType\":\"" + std::string(2 << 20, 'E') + "\"}";

    EXPECT_EQ(describe_load_error(deep), "the runtime gave no reason");
    EXPECT_EQ(describe_load_error(large), "the runtime gave no reason");
}

TEST(DescribeLoadError, ATraceOfEmptyLinesIsNoText) {
    EXPECT_EQ(describe_load_error("{\"stackTrace\":[\"\",\"\\n\\n\"]}"), "");
}

TEST(DescribeFunctionError, TellsTheRuntimeFromTheHandler) {
    EXPECT_EQ(describe_function_error(R"({"errorType":"KeyError","errorMessage":"x"})"),
              "the function raised an error");
    EXPECT_EQ(describe_function_error(R"({"errorType":"Runtime.UnmarshalError","errorMessage":"bad"})"),
              "the handler did not run: bad");
    for (const std::string& reply : {std::string(), std::string("7"), std::string(1 << 20, '[')})
        EXPECT_EQ(describe_function_error(reply), "the function raised an error");
}

}  // namespace
}  // namespace mayfly::runtime
