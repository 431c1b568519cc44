#include "runtime/load_event.h"

#include <sys/random.h>

#include <array>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

#include "runtime/json_text.h"

namespace mayfly::runtime {
namespace {

using Json = nlohmann::json;

// As AWS Lambda names them: 2026/01/31/[$LATEST]0123456789abcdef0123456789abcdef
std::string log_stream_name() {
    const std::time_t now = std::time(nullptr);
    std::tm utc{};
    ::gmtime_r(&now, &utc);
    char date[32];
    std::strftime(date, sizeof date, "%Y/%m/%d", &utc);
    std::string id = random_uuid();
    std::erase(id, '-');
    return std::string(date) + "/[$LATEST]" + id;
}

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

std::string load_event(const FunctionOptions& options) {
    const Json event = {{"handler", options.handler},
                        {"function_name", options.name},
                        {"memory_limit_in_mb", options.memory_mb},
                        {"environment", options.environment},
                        {"task_root", kTaskRoot},
                        {"log_stream_name", log_stream_name()}};
    return event.dump(-1, ' ', false, Json::error_handler_t::replace);
}

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

std::string random_uuid() {
    std::array<unsigned char, 16> bytes{};
    static_cast<void>(::getrandom(bytes.data(), bytes.size(), 0));  // of 256 bytes or fewer it can't fail
    bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);
    bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        char digits[3];
        std::snprintf(digits, sizeof digits, "%02x", bytes[i]);
        if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
        text += digits;
    }
    return text;
}

}  // namespace mayfly::runtime
