#include "jail/resource_limits.h"

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <string>

#include "abi/layout.h"

namespace mayfly::jail {
namespace {

struct Limit {
    int resource;
    rlim_t most;
    const char* name;
};

constexpr std::array<Limit, 7> kLimits = {{
    {RLIMIT_CORE, 0, "RLIMIT_CORE"},
    {RLIMIT_NOFILE, RLIM_INFINITY, "RLIMIT_NOFILE"},
    // The largest file it writes is a snapshot of all RAM.
    {RLIMIT_FSIZE, abi::kMaxRamBytes, "RLIMIT_FSIZE"},
    {RLIMIT_MEMLOCK, 0, "RLIMIT_MEMLOCK"},
    {RLIMIT_MSGQUEUE, 0, "RLIMIT_MSGQUEUE"},
    {RLIMIT_NICE, 0, "RLIMIT_NICE"},
    {RLIMIT_RTPRIO, 0, "RLIMIT_RTPRIO"},
}};

Result<rlimit> current(const Limit& limit) {
    rlimit value{};
    if (::getrlimit(static_cast<__rlimit_resource_t>(limit.resource), &value) != 0)
        return fail_errno(ErrorCode::unavailable, limit.name);
    return value;
}

Result<void> set(const Limit& limit) {
    const rlimit before = MF_TRY(current(limit));
    const rlim_t most = std::min(limit.most, before.rlim_max);
    const rlimit value{most, most};
    if (::setrlimit(static_cast<__rlimit_resource_t>(limit.resource), &value) != 0)
        return fail_errno(ErrorCode::unavailable, std::string("setting ") + limit.name);
    return {};
}

Result<void> check(const Limit& limit) {
    const rlimit value = MF_TRY(current(limit));
    if (value.rlim_max > limit.most)
        return fail(ErrorCode::internal,
                    std::string("the jail is open: ") + limit.name + " is larger than it should be");
    return {};
}

Result<void> set_and_check(const Limit& limit) {
    MF_TRY(set(limit));
    return check(limit);
}

}  // namespace

Result<void> limit_resources() {
    for (const Limit& limit : kLimits) MF_TRY(set(limit));
    return {};
}

Result<void> check_resource_limits() {
    for (const Limit& limit : kLimits) MF_TRY(check(limit));
    return {};
}

// What a microVM holds is about a dozen; more travel beside one control message.
Result<void> limit_descriptors() { return set_and_check({RLIMIT_NOFILE, 256, "RLIMIT_NOFILE"}); }

Result<void> limit_private_memory(std::uint64_t bytes) { return set_and_check({RLIMIT_DATA, bytes, "RLIMIT_DATA"}); }

}  // namespace mayfly::jail
