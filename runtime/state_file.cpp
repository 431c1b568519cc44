#include "runtime/state_file.h"

#include <nlohmann/json.hpp>

#include "runtime/json_text.h"
#include "snapshot/digest.h"

namespace mayfly::runtime {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kDeepestNesting = 8;  // records are three deep
constexpr const char* kChecksum = "checksum";

// dump() sorts the keys, so the same content gives the same text. Ill-formed UTF-8 is replaced.
std::string text_of(const Json& content, int indent) {
    return content.dump(indent, ' ', false, Json::error_handler_t::replace);
}

std::string checksum_of(const Json& content) {
    return std::to_string(snapshot::xxh3(snapshot::bytes_of(text_of(content, -1))));
}

std::string with_checksum(Json content) {
    content[kChecksum] = checksum_of(content);
    return text_of(content, 2) + "\n";
}

Unexpected<Error> damaged() { return fail(ErrorCode::corrupt, "was changed or cut"); }

}  // namespace

std::string encode_state(Json content) {
    // Once through text: what is read back is then equal to what the checksum was made of.
    return with_checksum(Json::parse(text_of(content, -1), nullptr, false));
}

Result<Json> decode_state(std::string_view text) {
    // To read deeper nesting takes memory, and to write it again for the checksum takes stack.
    if (!is_nested_at_most(text, kDeepestNesting)) return damaged();
    Json content = Json::parse(text, nullptr, false);
    if (!content.is_object() || content.erase(kChecksum) == 0) return damaged();
    // To the byte: JSON can say the same in many ways, and a damaged file must not pass for one of them.
    if (with_checksum(content) != text) return damaged();
    return content;
}

}  // namespace mayfly::runtime
