#include "rootfs-builder/alternatives.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace fs = std::filesystem;

namespace mayfly::rootfs {
namespace {

// The words of each command of a script, a backslash at a line's end continuing it. Quotes are taken off;
// this is no shell, and a word it misreads names no existing file later.
std::vector<std::vector<std::string>> commands(std::string_view script) {
    std::vector<std::vector<std::string>> result(1);
    std::string word;
    const auto end_word = [&] {
        if (!word.empty()) result.back().push_back(std::exchange(word, {}));
    };
    for (std::size_t i = 0; i < script.size(); ++i) {
        const char c = script[i];
        if (c == '\\' && i + 1 < script.size() && script[i + 1] == '\n') {
            end_word();
            ++i;
        } else if (c == '\n' || c == ';' || c == '&' || c == '|') {
            end_word();
            result.emplace_back();
        } else if (c == ' ' || c == '\t') {
            end_word();
        } else if (c != '"' && c != '\'') {
            word += c;
        }
    }
    end_word();
    return result;
}

// Whether a path stays where it is put: the tree is a folder of this machine.
bool goes_up(const fs::path& path) { return std::find(path.begin(), path.end(), "..") != path.end(); }

bool is_literal(const Alternative& a) {
    return a.link.starts_with('/') && a.path.starts_with('/') && !a.name.empty() && a.name != "." && !goes_up(a.link) &&
           !goes_up(a.name) && !goes_up(a.path) &&
           (a.link + a.name + a.path).find_first_of("$`*(") == std::string::npos &&
           a.name.find('/') == std::string::npos;
}

void parse_command(const std::vector<std::string>& words, std::vector<Alternative>& result) {
    int priority = 0;
    for (std::size_t i = 0; i + 3 < words.size(); ++i) {
        const bool master = words[i] == "--install";
        if (!master && words[i] != "--slave") continue;
        if (master && i + 4 < words.size()) {
            const std::string& text = words[i + 4];
            std::from_chars(text.data(), text.data() + text.size(), priority);
        }
        const Alternative alternative{words[i + 1], words[i + 2], words[i + 3], priority};
        if (is_literal(alternative)) result.push_back(alternative);
    }
}

}  // namespace

std::vector<Alternative> parse_alternatives(std::string_view script) {
    std::vector<Alternative> result;
    for (const std::vector<std::string>& words : commands(script))
        if (std::find(words.begin(), words.end(), "update-alternatives") != words.end()) parse_command(words, result);
    return result;
}

}  // namespace mayfly::rootfs
