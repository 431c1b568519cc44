#include "runtime/names.h"

#include <algorithm>

namespace mayfly::runtime {
namespace {

constexpr std::size_t kLongestName = 64;

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

// Bad names come from anywhere and end in an error message on a terminal.
std::string printable(std::string_view text) {
    std::string shown(text.substr(0, kLongestName));
    std::replace_if(
        shown.begin(), shown.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
    return shown;
}

}  // namespace

bool is_valid_name(std::string_view name) {
    if (name.empty() || name.size() > kLongestName || !is_letter_or_digit(name.front())) return false;
    return std::all_of(name.begin(), name.end(),
                       [](char c) { return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-'; });
}

Result<void> check_name(std::string_view kind, std::string_view name) {
    if (is_valid_name(name)) return {};
    return fail(ErrorCode::usage, "'" + printable(name) + "' can't be the name of " + std::string(kind) +
                                      ": use 1 to 64 of a-z, 0-9, '.', '_', '-', a letter or digit first");
}

}  // namespace mayfly::runtime
