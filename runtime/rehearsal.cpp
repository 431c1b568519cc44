#include "runtime/rehearsal.h"

#include <string>

namespace mayfly::runtime {
namespace {

constexpr std::uint64_t kLongestNs = 10'000'000'000;
constexpr std::string_view kEvent = R"({"text": "", "list": [1, 2.5, null, true], "object": {}})";

RunRequest request_of(EventKind kind) {
    RunRequest request;
    request.kind = kind;
    request.event = kEvent;
    request.request_id = "rehearsal";
    request.timeout_ns = kLongestNs;
    return request;
}

}  // namespace

RunRequest rehearsal() { return request_of(EventKind::rehearse); }
RunRequest practice() { return request_of(EventKind::practise); }
RunRequest touch() { return request_of(EventKind::touch); }

Result<void> rehearse(Microvm& microvm, const RunRequest& request) {
    const Stop stop = MF_TRY(microvm.run(request));
    if (stop.has_succeeded()) return {};
    const std::string how = stop.reason == StopReason::waiting ? "it answers with an error" : stop.detail;
    return fail(ErrorCode::microvm, "the runtime does not get through a rehearsal: " + how);
}

}  // namespace mayfly::runtime
