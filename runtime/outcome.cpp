#include "runtime/outcome.h"

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstring>

namespace mayfly::runtime {
namespace {

std::string with_detail(std::string sentence, const Stop& stop) {
    return stop.detail.empty() ? sentence : sentence + ": " + stop.detail;
}

std::string how_it_ended(std::uint32_t status) {
    const int code = static_cast<int>(status);
    if (!WIFSIGNALED(code)) return "exited with status " + std::to_string(WEXITSTATUS(code));
    const char* name = ::sigabbrev_np(WTERMSIG(code));
    return "was killed by signal " + std::to_string(WTERMSIG(code)) +
           (name != nullptr ? " (SIG" + std::string(name) + ")" : "");
}

// "3 s", "0.5 s"
std::string seconds(std::chrono::milliseconds time) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.10g s", static_cast<double>(time.count()) / 1000);
    return text.data();
}

Verdict verdict_of_failure(const Stop& stop) {
    switch (stop.reason) {
    case StopReason::panic: return {Outcome::crashed, with_detail("the guest kernel panicked", stop)};
    case StopReason::crashed: return {Outcome::crashed, with_detail("the microVM crashed", stop)};
    case StopReason::timed_out: return {Outcome::timed_out, "the time limit was reached"};
    case StopReason::out_of_cpu_time: return {Outcome::timed_out, "the limit of processor time was reached"};
    case StopReason::out_of_memory: return {Outcome::out_of_memory, "the memory limit was reached"};
    default: return {Outcome::host_error, with_detail("the host failed", stop)};
    }
}

}  // namespace

Verdict verdict_of_invocation(const Stop& stop) {
    if (stop.reason == StopReason::exited)
        return {Outcome::crashed, "the program " + how_it_ended(stop.exit_status) + " before it replied"};
    if (stop.reason != StopReason::waiting) return verdict_of_failure(stop);
    if (stop.has_succeeded()) return {Outcome::finished, {}};
    return {Outcome::function_error, "the function raised an error"};
}

Verdict verdict_of_program(const Stop& stop) {
    if (stop.reason == StopReason::exited) return {Outcome::finished, {}};
    if (stop.reason == StopReason::waiting)
        return {Outcome::crashed, "the program waits for events: it is a runtime, not a program to execute"};
    return verdict_of_failure(stop);
}

void name_limit(Verdict& verdict, const Stop& stop, const NamedLimits& limits) {
    if (stop.reason == StopReason::timed_out)
        verdict.cause = "the time limit of " + seconds(limits.timeout) + " was reached (--timeout)";
    if (stop.reason == StopReason::out_of_cpu_time)
        verdict.cause = "the limit of " + seconds(limits.cpu_time) + " of processor time was reached (--cpu-time)";
    if (stop.reason == StopReason::out_of_memory)
        verdict.cause = "the memory limit of " + std::to_string(limits.memory_mb) + " MB was reached (--memory)";
}

int exit_code_of(std::uint32_t status) {
    const int code = static_cast<int>(status);
    return WIFSIGNALED(code) ? 128 + WTERMSIG(code) : WEXITSTATUS(code);
}

}  // namespace mayfly::runtime
