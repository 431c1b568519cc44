#include "runtime/names.h"

#include <gtest/gtest.h>

namespace mayfly::runtime {
namespace {

TEST(Names, AcceptsWhatPeopleUse) {
    for (const char* name : {"a", "0", "hello", "python3.11", "my-function_2", "a..b"})
        EXPECT_TRUE(is_valid_name(name)) << name;
    EXPECT_TRUE(is_valid_name(std::string(64, 'a')));
}

TEST(Names, RefusesPathsHiddenFilesAndTwins) {
    using namespace std::string_view_literals;
    for (const std::string_view name : {""sv, "."sv, ".."sv, "../x"sv, "a/b"sv, "/etc"sv, ".hidden"sv, "-rf"sv, "_x"sv,
                                        "Hello"sv, "a b"sv, "a\n"sv, "a\0b"sv, "caf\xc3\xa9"sv, "%2e%2e"sv})
        EXPECT_FALSE(is_valid_name(name)) << name;
    EXPECT_FALSE(is_valid_name(std::string(65, 'a')));
}

TEST(Names, TheErrorShowsNoControlCharacters) {
    const auto checked = check_name("a function", "\x1b[31mred");

    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code, ErrorCode::usage);
    EXPECT_EQ(checked.error().what.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace mayfly::runtime
