#include "cli/json_output.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "runtime/json_text.h"

namespace mayfly::cli {
namespace {

using Json = nlohmann::ordered_json;
// Members in a row, as they are: a Json made of a list in braces makes an array of each first, and looks for each name
// among those before it.
using Object = Json::object_t;

Json logs(const std::vector<LogRecord>& records) {
    Json json = Json::array();
    for (const LogRecord& record : records)
        json.push_back(Object{{"stream", std::string(to_string(record.stream))}, {"text", record.text}});
    return json;
}

Json to_json(const ExitCounts& exits) {
    return Object{{"end", exits.end},
                  {"idle", exits.idle},
                  {"log", exits.log},
                  {"tick", exits.tick},
                  {"input", exits.input},
                  {"memory", exits.memory},
                  {"interrupted", exits.interrupted}};
}

Json to_json(const Receipt& receipt) {
    return Object{{"mode", std::string(to_string(receipt.mode))},
                  {"new_microvm", receipt.new_microvm},
                  {"total_ns", receipt.total_ns},
                  {"queue_ns", receipt.queue_ns},
                  {"reset_ns", receipt.reset_ns},
                  {"resume_ns", receipt.resume_ns},
                  {"run_ns", receipt.run_ns},
                  {"event_taken_ns", receipt.event_taken_ns},
                  {"reply_given_ns", receipt.reply_given_ns},
                  {"cpu_ns", receipt.cpu_ns},
                  {"vmm_cpu_ns", receipt.vmm_cpu_ns},
                  {"memory_peak_bytes", receipt.memory_peak_bytes},
                  {"tmp_peak_bytes", receipt.tmp_peak_bytes},
                  {"threads_peak", receipt.threads_peak},
                  {"files_peak", receipt.files_peak},
                  {"private_pages", receipt.private_pages},
                  {"reset_pages", receipt.reset_pages},
                  {"exits", receipt.exits},
                  {"exits_by_reason", to_json(receipt.exits_by_reason)},
                  {"host_faults", receipt.host_faults},
                  {"syscalls", receipt.syscalls},
                  {"unknown_syscalls", receipt.unknown_syscalls},
                  {"page_faults", receipt.page_faults},
                  {"event_bytes", receipt.event_bytes},
                  {"reply_bytes", receipt.reply_bytes},
                  {"log_bytes", receipt.log_bytes},
                  {"log_dropped_bytes", receipt.log_dropped_bytes}};
}

Json to_json(const Invocation& invocation) {
    Json json = Object{{"outcome", std::string(to_string(invocation.outcome))}};
    if (!invocation.cause.empty()) json["cause"] = invocation.cause;
    json["request_id"] = invocation.request_id;
    json["reply"] = nullptr;  // its place: see with_reply
    json["receipt"] = to_json(invocation.receipt);
    json["logs"] = logs(invocation.logs);
    return json;
}

Json to_json(const ImageInfo& image) {
    Json steps = Json::array();
    for (const ImageStep& step : image.steps)
        steps.push_back(Object{{"name", step.name}, {"bytes", step.bytes}, {"files", step.files}});
    return Object{{"name", image.name},
                  {"runtime", image.runtime},
                  {"digest", image.digest},
                  {"path", image.path},
                  {"bytes", image.bytes},
                  {"base_ram_bytes", image.base_ram_bytes},
                  {"base_snapshot_bytes", image.base_snapshot_bytes},
                  {"created_at", image.created_at},
                  {"functions", image.functions},
                  {"packages", image.packages},
                  {"steps", std::move(steps)}};
}

Json to_json(const FunctionInfo& function) {
    Json json = Object{{"name", function.name},
                       {"image", function.image},
                       {"handler", function.handler},
                       {"memory_mb", function.memory_mb},
                       {"timeout_ms", function.timeout.count()},
                       {"cpu_time_ms", function.cpu_time.count()},
                       {"cpu", function.cpu},
                       {"tmp_mb", function.tmp_mb},
                       {"mode", std::string(to_string(function.mode))},
                       {"environment", function.environment},
                       {"code_bytes", function.code_bytes},
                       {"code_digest", function.code_digest},
                       {"snapshot_bytes", function.snapshot_bytes},
                       {"load_ns", function.load_ns},
                       {"created_at", function.created_at},
                       {"updated_at", function.updated_at}};
    if (!function.load_logs.empty()) json["load_logs"] = logs(function.load_logs);
    return json;
}

std::string_view name_of(CheckStatus status) {
    switch (status) {
    case CheckStatus::ok: return "ok";
    case CheckStatus::warning: return "warning";
    case CheckStatus::missing: return "missing";
    }
    return {};
}

Json to_json(const Check& check) {
    return Object{{"name", check.name},
                  {"status", std::string(name_of(check.status))},
                  {"found", check.found},
                  {"advice", check.advice}};
}

template <class T>
Json to_json(const std::vector<T>& list) {
    Json json = Json::array();
    for (const T& item : list) json.push_back(to_json(item));
    return json;
}

// Bytes that are not UTF-8 become U+FFFD.
std::string text_of(const Json& json, JsonLayout layout = JsonLayout::indented) {
    const int indent = layout == JsonLayout::indented ? 2 : -1;
    return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

// The reply as it came, on one line: read and written again, its numbers would lose digits. As a string when
// a crashed runtime left something else than JSON.
std::string reply_text(std::string reply) {
    if (reply.empty()) return "null";
    if (!runtime::is_json(reply)) return text_of(reply);
    std::replace_if(
        reply.begin(), reply.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    return reply;
}

std::string with_reply(std::string text, const std::string& reply) {
    constexpr std::string_view kName = "\"reply\":";
    constexpr std::string_view kPlaceholder = "null";
    // Inside a string the quotes would be escaped: the first place is the right one.
    return text.replace(text.find(kPlaceholder, text.find(kName)), kPlaceholder.size(), reply);
}

}  // namespace

std::string json_text(const ImageInfo& image) { return text_of(to_json(image)) + "\n"; }

std::string json_text(const std::vector<ImageInfo>& images) { return text_of(to_json(images)) + "\n"; }

std::string json_text(const FunctionInfo& function) { return text_of(to_json(function)) + "\n"; }

std::string json_text(const std::vector<FunctionInfo>& functions) { return text_of(to_json(functions)) + "\n"; }

std::string json_text(const std::vector<Check>& checks, bool works) {
    const Json report =
        Object{{"works", works}, {"kvm_backend", std::string(kvm_backend())}, {"checks", to_json(checks)}};
    return text_of(report) + "\n";
}

std::string json_text(const Invocation& invocation, JsonLayout layout) {
    return with_reply(text_of(to_json(invocation), layout), reply_text(invocation.reply)) + "\n";
}

}  // namespace mayfly::cli
