#include "runtime/state_file.h"

#include <nlohmann/json.hpp>

#include "snapshot/digest.h"
#include "snapshot/durable_file.h"

namespace mayfly::runtime {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kLargestFile = 4u << 20;
constexpr const char* kChecksum = "checksum";

// dump() sorts the keys, so the same content gives the same text. Ill-formed UTF-8 is replaced.
std::string text_of(const Json& content, int indent) {
    return content.dump(indent, ' ', false, Json::error_handler_t::replace);
}

std::string checksum_of(const Json& content) {
    return std::to_string(snapshot::xxh3(snapshot::bytes_of(text_of(content, -1))));
}

Unexpected<Error> damaged(const std::filesystem::path& path) {
    return fail(ErrorCode::corrupt, path.string() + " was changed or cut");
}

}  // namespace

Result<void> save_state(const std::filesystem::path& path, Json content) {
    // Once through text: what is read back is then equal to what the checksum was made of.
    content = Json::parse(text_of(content, -1), nullptr, false);
    content[kChecksum] = checksum_of(content);
    return snapshot::write_file_durably(path, text_of(content, 2) + "\n");
}

Result<Json> load_state(const std::filesystem::path& path) {
    const std::string text = MF_TRY(snapshot::read_file(path, kLargestFile));
    Json content = Json::parse(text, nullptr, false);
    if (!content.is_object() || !content.contains(kChecksum)) return damaged(path);
    const Json checksum = content[kChecksum];
    content.erase(kChecksum);
    if (!checksum.is_string() || checksum != checksum_of(content)) return damaged(path);
    return content;
}

}  // namespace mayfly::runtime
