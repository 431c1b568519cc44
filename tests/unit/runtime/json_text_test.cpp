#include "runtime/json_text.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mayfly::runtime {
namespace {

TEST(IsJson, TakesOneValueAndNothingElse) {
    for (const char* text : {"{}", "null", " [1, 2.5e3] ", "\"\\u00e9\"", "0"}) EXPECT_TRUE(is_json(text)) << text;
    for (const char* text : {"", "{", "{} x", "nul", "'a'", "[1,]", "\"\xff\"", "NaN"})
        EXPECT_FALSE(is_json(text)) << text;
}

// What is JSON is printed as it came: it must be JSON to its end, and anywhere in a document.
// hostile: A19 C16
TEST(IsJson, IsNothingBehindANulNorBehindAByteOrderMark) {
    EXPECT_FALSE(is_json(std::string_view("{}\0\x1b[31m", 8)));
    EXPECT_FALSE(is_json(std::string_view("{}\0", 3)));
    EXPECT_FALSE(is_json("\xef\xbb\xbf{}"));
}

TEST(IsJson, SurvivesDeepNesting) { EXPECT_FALSE(is_json(std::string(1'000'000, '['))); }

TEST(IsNestedAtMost, CountsWhatIsOpenAtOnce) {
    EXPECT_TRUE(is_nested_at_most("[{\"a\": [1], \"b\": [2]}]", 3));
    EXPECT_FALSE(is_nested_at_most("[{\"a\": [1], \"b\": [2]}]", 2));
    EXPECT_TRUE(is_nested_at_most("", 0));
    EXPECT_FALSE(is_nested_at_most("]]][", 0));
}

TEST(IsNestedAtMost, PassesOverStrings) {
    EXPECT_TRUE(is_nested_at_most("[\"[[[{\\\"[\", \"\\\\\"]", 1));
    EXPECT_FALSE(is_nested_at_most("[\"\\\\\"[", 1));
}

TEST(IsJson, TakesNumbersOfAnySize) {
    const std::string zeros(320, '0');
    for (const std::string& text :
         std::vector<std::string>{"1" + zeros, "-1" + zeros + "." + zeros,
                                  "[1e999, 1E-999, 1e+0009999, {\"e\": 1e400}]", "[\"\\\"1e999\\\\\", 1e999]"})
        EXPECT_TRUE(is_json(text)) << text;
    for (const std::string& text :
         std::vector<std::string>{"01" + zeros, "[1e999", "1e999x", "1e", "[1e999 \"a]", "\"1e999"})
        EXPECT_FALSE(is_json(text)) << text;
}

}  // namespace
}  // namespace mayfly::runtime
