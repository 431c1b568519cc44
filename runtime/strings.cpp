// The names of the public enumerations, and what this library is.
#include "mayfly/mayfly.h"
#include "runtime/version.h"
#include "vmm/backend.h"
#include "vmm/kvm.h"

namespace mayfly {

std::string_view version() { return MAYFLY_VERSION; }

std::string_view kvm_backend() {
    const auto kvm = vmm::Kvm::open();
    if (!kvm) return "none";
    const auto backend = vmm::detect_backend(*kvm);
    return backend ? vmm::to_string(*backend) : "none";
}

std::string_view to_string(Mode mode) {
    switch (mode) {
    case Mode::pristine: return "pristine";
    case Mode::stateful: return "stateful";
    case Mode::fresh: return "fresh";
    }
    return "unknown";
}

std::optional<Mode> parse_mode(std::string_view text) {
    for (const Mode mode : {Mode::pristine, Mode::stateful, Mode::fresh})
        if (text == to_string(mode)) return mode;
    return std::nullopt;
}

std::string_view to_string(Outcome outcome) {
    switch (outcome) {
    case Outcome::finished: return "finished";
    case Outcome::function_error: return "function error";
    case Outcome::crashed: return "crashed";
    case Outcome::timed_out: return "timed out";
    case Outcome::out_of_memory: return "out of memory";
    case Outcome::refused: return "refused";
    case Outcome::host_error: return "host error";
    }
    return "unknown";
}

std::string_view to_string(LogStream stream) {
    switch (stream) {
    case LogStream::output: return "output";
    case LogStream::error: return "error";
    case LogStream::kernel: return "kernel";
    case LogStream::trace: return "trace";
    }
    return "unknown";
}

}  // namespace mayfly
