#include "base/error.h"

#include <cerrno>
#include <system_error>

namespace mayfly {

std::string Error::message() const {
    if (sys_errno == 0) return what;
    const char* const advice = sys_errno == ENOSPC || sys_errno == EDQUOT ? "; free some space and try again" : "";
    return what + ": " + std::generic_category().message(sys_errno) + advice;
}

std::string_view to_string(ErrorCode code) {
    switch (code) {
    case ErrorCode::usage: return "usage";
    case ErrorCode::not_found: return "not found";
    case ErrorCode::exists: return "exists";
    case ErrorCode::busy: return "busy";
    case ErrorCode::unavailable: return "unavailable";
    case ErrorCode::corrupt: return "corrupt";
    case ErrorCode::incompatible: return "incompatible";
    case ErrorCode::too_large: return "too large";
    case ErrorCode::function: return "function";
    case ErrorCode::microvm: return "microvm";
    case ErrorCode::host: return "host";
    case ErrorCode::kvm: return "kvm";
    case ErrorCode::io: return "io";
    case ErrorCode::internal: return "internal";
    }
    return "unknown";
}

}  // namespace mayfly
