#include "bench/counts/ceilings.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace mayfly::bench {
namespace {

using nlohmann::json;

Result<void> collect(const json& node, const std::string& name, Figures& figures) {
    if (node.is_number()) {
        figures[name] = node.get<double>();
        return {};
    }
    if (!node.is_object()) return fail(ErrorCode::usage, "the ceiling of " + name + " is no number");
    for (const auto& [key, value] : node.items())
        MF_TRY(collect(value, name.empty() ? key : fmt::format("{}.{}", name, key), figures));
    return {};
}

}  // namespace

Result<Ceilings> parse_ceilings(std::string_view text) {
    const json root = json::parse(text, nullptr, false);
    if (!root.is_object() || !root.contains("counts"))
        return fail(ErrorCode::usage, "ceilings are a JSON object with \"counts\"");
    Ceilings ceilings;
    MF_TRY(collect(root["counts"], "", ceilings.counts));
    if (root.contains("times_us")) MF_TRY(collect(root["times_us"], "", ceilings.times_us));
    return ceilings;
}

std::vector<std::string> exceeded(const Figures& figures, const Figures& ceilings) {
    std::vector<std::string> sentences;
    for (const auto& [name, most] : ceilings) {
        const auto found = figures.find(name);
        if (found == figures.end())
            sentences.push_back(name + " has a ceiling but was not measured");
        else if (found->second > most)
            sentences.push_back(fmt::format("{} is {:.6g}, its ceiling is {:.6g}", name, found->second, most));
    }
    return sentences;
}

}  // namespace mayfly::bench
