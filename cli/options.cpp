#include "cli/options.h"

#include <fmt/format.h>

#include <cmath>

#include "cli/event_argument.h"

namespace mayfly::cli {
namespace {

std::string check_assignment(const std::string& text) {
    const auto equals = text.find('=');
    return equals == std::string::npos || equals == 0 ? "expected NAME=VALUE, got '" + text + "'" : std::string();
}

std::string check_variable(const std::string& text) {
    const bool is_name = !text.empty() && text.find('=') == std::string::npos;
    return is_name ? std::string() : "expected the NAME of a variable, got '" + text + "'";
}

}  // namespace

void add_environment(Command& command, std::vector<std::string>& environment) {
    command.texts("--env", "K=V", environment, "an environment variable, K=V (repeatable)", check_assignment);
}

void add_memory(Command& command, std::optional<std::uint32_t>& memory_mb, std::optional<std::uint32_t> standard) {
    command.number("--memory", "MB", memory_mb, kMinMemoryMb, kMaxMemoryMb,
                   fmt::format("RAM of the microVM in MB, {} to {} in steps of {}{}", kMinMemoryMb, kMaxMemoryMb,
                               kMemoryStepMb, standard ? fmt::format(" (default {})", *standard) : ""));
}

void add_log_policy(Command& command, std::optional<std::string>& policy) {
    command.one_of("--log", "WHAT", policy, {"none", "tail", "all"},
                   "how much of the log to show: none, tail (the last 4 KiB, default) or all");
}

void add_event(Command& command, std::string& event) {
    command.text("-d,--data", "JSON", event, "the event: JSON, @FILE, or - for standard input");
}

void FunctionArguments::add_required(Command& command) {
    command.required_text("--runtime,--image", "IMAGE", image, "the image to run in")
        .required_text("--handler", "NAME", handler, "what to call: module.function");
}

void FunctionArguments::add_limits(Command& command, Absent absent) {
    constexpr double kMaxSeconds = std::chrono::duration<double>(kMaxTimeout).count();
    const bool is_standard = absent == Absent::is_standard;
    add_memory(command, memory_mb, is_standard ? std::optional(kDefaultMemoryMb) : std::nullopt);
    command.number("--timeout", "S", timeout_seconds, 0.001, kMaxSeconds,
                   fmt::format("wall-clock limit of one invocation in seconds ({}at most {})",
                               is_standard ? "default 3, " : "", kMaxSeconds));
    command.number("--cpu-time", "S", cpu_time_seconds, 0, kMaxSeconds,
                   "limit of the processor time of one invocation in seconds (0: none)");
    command.number("--cpu", "SHARE", cpu, 0, kMaxCpu,
                   fmt::format("share of a processor, {} to {} (0: no limit); needs control groups", kMinCpu, kMaxCpu));
    command.number("--tmp", "MB", tmp_mb, 1, kMaxMemoryMb,
                   fmt::format("what /tmp may take of the memory, half of it at most{}",
                               is_standard ? fmt::format(" (default {})", kDefaultTmpMb) : ""));
    add_environment(command, environment);
    command.one_of("--mode", "MODE", mode, {"pristine", "stateful", "fresh"},
                   fmt::format("pristine{}, stateful or fresh: what an invocation sees of the last",
                               is_standard ? " (default)" : ""));
    command.text("--train", "JSON", training,
                 "an ordinary event, run once and forgotten, so that later ones find memory ready; as -d takes it");
}

void FunctionArguments::add_unset(Command& command) {
    command.texts("--unset-env", "K", unset_environment, "an environment variable to take away (repeatable)",
                  check_variable);
}

Result<FunctionOptions> FunctionArguments::options(const std::string& name) const {
    FunctionOptions options;
    options.name = name;
    if (image) options.image = *image;
    options.code_directory = code.value_or("");
    options.handler = handler.value_or("");
    if (memory_mb) options.memory_mb = *memory_mb;
    if (timeout_seconds) options.timeout = milliseconds_of(*timeout_seconds);
    if (cpu_time_seconds) options.cpu_time = milliseconds_of(*cpu_time_seconds);
    if (cpu) options.cpu = *cpu;
    if (tmp_mb) options.tmp_mb = *tmp_mb;
    options.environment = parse_environment(environment);
    if (mode) options.mode = parse_mode(*mode).value_or(Mode::pristine);
    if (training) options.training_event = MF_TRY(read_event(*training));
    return options;
}

Result<FunctionUpdate> FunctionArguments::update() const {
    FunctionUpdate update;
    update.image = image;
    update.code_directory = code;
    update.handler = handler;
    update.memory_mb = memory_mb;
    if (timeout_seconds) update.timeout = milliseconds_of(*timeout_seconds);
    if (cpu_time_seconds) update.cpu_time = milliseconds_of(*cpu_time_seconds);
    update.cpu = cpu;
    update.tmp_mb = tmp_mb;
    update.environment = parse_environment(environment);
    update.unset_environment = unset_environment;
    if (mode) update.mode = parse_mode(*mode);
    if (training) update.training_event = MF_TRY(read_event(*training));
    return update;
}

std::map<std::string, std::string> parse_environment(const std::vector<std::string>& entries) {
    std::map<std::string, std::string> environment;
    for (const std::string& entry : entries) {
        const auto equals = entry.find('=');
        environment[entry.substr(0, equals)] = entry.substr(equals + 1);
    }
    return environment;
}

LogPolicy parse_log_policy(const std::string& text) {
    if (text == "none") return LogPolicy::none;
    return text == "all" ? LogPolicy::all : LogPolicy::tail;
}

std::chrono::milliseconds milliseconds_of(double seconds) {
    return std::chrono::milliseconds(std::llround(std::ceil(seconds * 1000)));
}

}  // namespace mayfly::cli
