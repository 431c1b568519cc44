// The records of images and functions: as they are, and with the checksum made right for whatever they say.
// hostile: C5 C15 C16 C17
#include <nlohmann/json.hpp>

#include "fuzz/target.h"
#include "runtime/json_text.h"
#include "runtime/records.h"
#include "runtime/state_file.h"

using namespace mayfly;

namespace {

// What was accepted is written, read and written the same way again.
template <class Record>
void check(const Record& record, Result<Record> (*decode_record)(std::string_view)) {
    const std::string written = runtime::encode_record(record);
    const auto again = decode_record(written);
    MF_REQUIRE(again && runtime::encode_record(*again) == written);
}

void decode(std::string_view text) {
    if (const auto image = runtime::decode_image_record(text)) {
        MF_REQUIRE(image->info.steps.size() <= text.size());
        check(*image, runtime::decode_image_record);
    }
    if (const auto function = runtime::decode_function_record(text)) check(*function, runtime::decode_function_record);
}

}  // namespace

MF_FUZZ_TARGET(input) {
    decode(input.text());
    if (!runtime::is_nested_at_most(input.text(), 8)) return;
    auto content = nlohmann::json::parse(input.text(), nullptr, false);
    if (!content.is_object()) return;
    content.erase("checksum");
    const std::string signed_text = runtime::encode_state(content);
    MF_REQUIRE(runtime::decode_state(signed_text).has_value());
    decode(signed_text);
}
