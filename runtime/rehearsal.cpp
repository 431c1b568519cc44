#include "runtime/rehearsal.h"

namespace mayfly::runtime {
namespace {

constexpr std::uint64_t kLongestNs = 10'000'000'000;
constexpr std::string_view kEvent = R"({"text": "", "list": [1, 2.5, null, true], "object": {}})";

}  // namespace

RunRequest rehearsal() {
    RunRequest request;
    request.kind = EventKind::rehearse;
    request.event = kEvent;
    request.request_id = "rehearsal";
    request.timeout_ns = kLongestNs;
    return request;
}

Result<void> rehearse(Microvm& microvm, const RunRequest& request) {
    const Stop stop = MF_TRY(microvm.run(request));
    if (stop.reason == StopReason::waiting) return {};
    return fail(ErrorCode::microvm, "the runtime does not get through a rehearsal: " + stop.detail);
}

}  // namespace mayfly::runtime
