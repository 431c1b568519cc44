#include "runtime/json_text.h"

#include <nlohmann/json.hpp>
#include <string>

namespace mayfly::runtime {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The same text as far as grammar goes, with numbers that fit a double: of each run of digits outside
// strings the first two, of an exponent's the first.
std::string with_short_numbers(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    bool is_string = false;
    bool is_exponent = false;
    std::size_t digits = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (is_string && c == '\\' && at + 1 < text.size()) {
            result += c;
            result += text[++at];
            continue;
        }
        if (c == '"') is_string = !is_string;
        digits = !is_string && is_digit(c) ? digits + 1 : 0;
        if (digits == 0 && c != '+' && c != '-') is_exponent = c == 'e' || c == 'E';
        if (digits <= (is_exponent ? 1u : 2u)) result += c;
    }
    return result;
}

}  // namespace

// The library refuses numbers beyond a double's range, which JSON does not know. It takes a NUL for the end of the
// text, whatever follows, and passes over a byte order mark; RFC 8259 has neither.
bool is_json(std::string_view text) {
    using Json = nlohmann::json;
    constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
    if (text.find('\0') != text.npos || text.starts_with(kByteOrderMark)) return false;
    return Json::accept(text) || Json::accept(with_short_numbers(text));
}

bool is_nested_at_most(std::string_view text, std::size_t levels) {
    std::size_t open = 0;
    bool is_string = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (is_string && c == '\\') ++at;
        if (c == '"') is_string = !is_string;
        if (is_string) continue;
        if ((c == '[' || c == '{') && ++open > levels) return false;
        if ((c == ']' || c == '}') && open > 0) --open;
    }
    return true;
}

}  // namespace mayfly::runtime
