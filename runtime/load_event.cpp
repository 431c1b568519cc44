#include "runtime/load_event.h"

#include <sys/random.h>

#include <array>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

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
