#include "runtime/error_reply.h"

#include <nlohmann/json.hpp>

#include "runtime/json_text.h"

namespace mayfly::runtime {
namespace {

using Json = nlohmann::json;

// The runtime's description of an error, null where it is none: a hostile guest must not make us build
// something large out of it.
Json parse_error(std::string_view reply, std::size_t largest) {
    constexpr std::size_t kDeepestNesting = 8;  // an object with a list of lines
    if (reply.size() > largest || !is_nested_at_most(reply, kDeepestNesting)) return {};
    Json error = Json::parse(reply, nullptr, false);
    return error.is_object() ? error : Json();
}

std::string text_at(const Json& json, const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

std::string describe_load_error(std::string_view reply) {
    constexpr std::size_t kLargest = 1u << 20;
    const Json error = parse_error(reply, kLargest);
    if (error.is_null()) return "the runtime gave no reason";
    std::string text = text_at(error, "errorType");
    const std::string message = text_at(error, "errorMessage");
    if (!message.empty()) text += (text.empty() ? "" : ": ") + message;
    const auto trace = error.find("stackTrace");
    if (trace == error.end() || !trace->is_array()) return text;
    for (const Json& line : *trace)
        if (line.is_string()) {
            text += "\n" + line.get<std::string>();
            while (text.ends_with('\n')) text.pop_back();
        }
    return text;
}

std::string describe_function_error(std::string_view reply) {
    constexpr std::size_t kLargestOfRuntime = 4096;  // what the function raised can be long, and says nothing here
    const Json error = parse_error(reply, kLargestOfRuntime);
    if (error.is_null() || text_at(error, "errorType") != "Runtime.UnmarshalError")
        return "the function raised an error";
    const std::string message = text_at(error, "errorMessage");
    const bool is_too_deep = message.find("recursion") != std::string::npos;
    return "the handler did not run: " + (is_too_deep ? "the event is nested too deeply" : message);
}

}  // namespace mayfly::runtime
