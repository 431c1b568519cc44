// Options that several subcommands share.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "cli/command.h"
#include "mayfly/mayfly.h"

namespace mayfly::cli {

// What it means that an option is absent: as help texts say it.
enum class Absent { is_standard, is_unchanged };

// What describes a function on the command line; absent options stay empty.
struct FunctionArguments {
    std::optional<std::string> image;
    std::optional<std::string> code;
    std::optional<std::string> handler;
    std::optional<std::uint32_t> memory_mb;
    std::optional<double> timeout_seconds;
    std::optional<double> cpu_time_seconds;
    std::optional<double> cpu;
    std::optional<std::uint32_t> tmp_mb;
    std::vector<std::string> environment;        // K=V
    std::vector<std::string> unset_environment;  // K
    std::optional<std::string> mode;
    std::optional<std::string> training;  // an event, as -d takes it

    void add_required(Command& command);               // --runtime, --handler
    void add_limits(Command& command, Absent absent);  // --memory, --timeout, --cpu and so on, --env, --mode, --train
    void add_unset(Command& command);                  // --unset-env
    // An Error when the training event can't be read.
    Result<FunctionOptions> options(const std::string& name) const;
    Result<FunctionUpdate> update() const;
};

void add_environment(Command& command, std::vector<std::string>& environment);
void add_memory(Command& command, std::optional<std::uint32_t>& memory_mb, std::optional<std::uint32_t> standard);
void add_log_policy(Command& command, std::optional<std::string>& policy);
void add_event(Command& command, std::string& event);

std::map<std::string, std::string> parse_environment(const std::vector<std::string>& entries);
LogPolicy parse_log_policy(const std::string& text);
std::chrono::milliseconds milliseconds_of(double seconds);

}  // namespace mayfly::cli
