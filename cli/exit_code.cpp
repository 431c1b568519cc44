#include "cli/exit_code.h"

namespace mayfly::cli {

int exit_code(Outcome outcome) {
    switch (outcome) {
    case Outcome::finished: return kExitFinished;
    case Outcome::function_error: return kExitFunctionError;
    case Outcome::refused: return kExitUsage;
    case Outcome::crashed:
    case Outcome::timed_out:
    case Outcome::out_of_memory: return kExitMicrovm;
    case Outcome::host_error: return kExitHost;
    }
    return kExitHost;
}

int exit_code(ErrorCode code) {
    switch (code) {
    case ErrorCode::usage:
    case ErrorCode::not_found:
    case ErrorCode::exists:
    case ErrorCode::too_large: return kExitUsage;
    case ErrorCode::function: return kExitFunctionError;
    case ErrorCode::microvm: return kExitMicrovm;
    case ErrorCode::busy:
    case ErrorCode::unavailable:
    case ErrorCode::corrupt:
    case ErrorCode::incompatible:
    case ErrorCode::host:
    case ErrorCode::kvm:
    case ErrorCode::io:
    case ErrorCode::internal: return kExitHost;
    }
    return kExitHost;
}

}  // namespace mayfly::cli
