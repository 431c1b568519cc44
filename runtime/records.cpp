#include "runtime/records.h"

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "runtime/state_file.h"

namespace mayfly::runtime {
namespace {

using Json = nlohmann::json;

// Of the files image.json and function.json: one more with every change that an older build can't read.
constexpr int kFormat = 1;

// A number that fits where it goes: the library would convert any, also those for which C++ has no answer.
template <class Number>
void get_number(const Json& json, const char* name, Number& target) {
    const Json& value = json.at(name);
    if (!value.is_number_integer()) throw std::out_of_range(name);
    const bool is_negative = !value.is_number_unsigned() && value.get<std::int64_t>() < 0;
    const bool fits = is_negative ? std::in_range<Number>(value.get<std::int64_t>())
                                  : std::in_range<Number>(value.get<std::uint64_t>());
    if (!fits) throw std::out_of_range(name);
    target = static_cast<Number>(value.get<std::uint64_t>());
}

std::chrono::milliseconds milliseconds_at(const Json& json, const char* name) {
    std::int64_t count = 0;
    get_number(json, name, count);
    return std::chrono::milliseconds(count);
}

Json to_json(const ImageRecord& record) {
    const ImageInfo& info = record.info;
    Json steps = Json::array();
    for (const ImageStep& step : info.steps)
        steps.push_back({{"name", step.name}, {"bytes", step.bytes}, {"files", step.files}});
    return {{"format", kFormat},
            {"name", info.name},
            {"runtime", info.runtime},
            {"packages", info.packages},
            {"digest", info.digest},
            {"bytes", info.bytes},
            {"steps", std::move(steps)},
            {"created_at", info.created_at},
            {"file_xxh3", record.file_xxh3}};
}

ImageRecord image_from_json(const Json& json) {
    ImageRecord record;
    json.at("name").get_to(record.info.name);
    json.at("runtime").get_to(record.info.runtime);
    json.at("packages").get_to(record.info.packages);
    json.at("digest").get_to(record.info.digest);
    get_number(json, "bytes", record.info.bytes);
    for (const Json& step : json.at("steps")) {
        ImageStep& added = record.info.steps.emplace_back();
        step.at("name").get_to(added.name);
        get_number(step, "bytes", added.bytes);
        get_number(step, "files", added.files);
    }
    get_number(json, "created_at", record.info.created_at);
    get_number(json, "file_xxh3", record.file_xxh3);
    return record;
}

Json to_json(const FunctionRecord& record) {
    const FunctionInfo& info = record.info;
    return {{"format", kFormat},
            {"name", info.name},
            {"image", info.image},
            {"handler", info.handler},
            {"memory_mb", info.memory_mb},
            {"timeout_ms", info.timeout.count()},
            {"cpu_time_ms", info.cpu_time.count()},
            {"cpu", info.cpu},
            {"tmp_mb", info.tmp_mb},
            {"environment", info.environment},
            {"mode", std::string(to_string(info.mode))},
            {"training_event", info.training_event},
            {"code_bytes", info.code_bytes},
            {"code_digest", info.code_digest},
            {"snapshot_bytes", info.snapshot_bytes},
            {"created_at", info.created_at},
            {"updated_at", info.updated_at},
            {"load_ns", info.load_ns},
            {"code_xxh3", record.code_xxh3}};
}

FunctionRecord function_from_json(const Json& json) {
    FunctionRecord record;
    FunctionInfo& info = record.info;
    json.at("name").get_to(info.name);
    json.at("image").get_to(info.image);
    json.at("handler").get_to(info.handler);
    get_number(json, "memory_mb", info.memory_mb);
    info.timeout = milliseconds_at(json, "timeout_ms");
    // These three are absent in records of 0.1.0.
    if (json.contains("cpu_time_ms")) info.cpu_time = milliseconds_at(json, "cpu_time_ms");
    info.cpu = json.value("cpu", 0.0);
    if (json.contains("tmp_mb")) get_number(json, "tmp_mb", info.tmp_mb);
    json.at("environment").get_to(info.environment);
    info.mode = parse_mode(json.at("mode").get<std::string>()).value_or(Mode::pristine);
    info.training_event = json.value("training_event", "");  // absent in records of 0.1.0
    get_number(json, "code_bytes", info.code_bytes);
    json.at("code_digest").get_to(info.code_digest);
    get_number(json, "snapshot_bytes", info.snapshot_bytes);
    get_number(json, "created_at", info.created_at);
    get_number(json, "updated_at", info.updated_at);
    get_number(json, "load_ns", info.load_ns);
    get_number(json, "code_xxh3", record.code_xxh3);
    return record;
}

// Errors say what is wrong with "the file ...".
template <class Record>
Result<Record> decode(const Json& json, Record (*from_json)(const Json&)) {
    try {
        if (json.at("format") != kFormat) return fail(ErrorCode::incompatible, "is of another version of Mayfly");
        return from_json(json);
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception&) {  // a field is absent, of another type or out of range
        return fail(ErrorCode::corrupt, "lacks what this build expects");
    }
}

}  // namespace

std::string encode_record(const ImageRecord& record) { return encode_state(to_json(record)); }

std::string encode_record(const FunctionRecord& record) { return encode_state(to_json(record)); }

Result<ImageRecord> decode_image_record(std::string_view text) {
    return decode(MF_TRY(decode_state(text)), image_from_json);
}

Result<FunctionRecord> decode_function_record(std::string_view text) {
    return decode(MF_TRY(decode_state(text)), function_from_json);
}

}  // namespace mayfly::runtime
