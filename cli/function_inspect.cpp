// mayfly function inspect
#include <fmt/format.h>
#include <unistd.h>

#include <memory>

#include "cli/command.h"
#include "cli/engine.h"
#include "cli/format.h"
#include "cli/json_output.h"

namespace mayfly::cli {
namespace {

struct Arguments {
    std::string name;
    bool json = false;
};

std::string description(const FunctionInfo& function) {
    std::vector<std::pair<std::string, std::string>> entries{
        {"name", function.name},
        {"image", function.image},
        {"handler", function.handler},
        {"memory", fmt::format("{} MB", function.memory_mb)},
        {"timeout", fmt::format("{:g} s", static_cast<double>(function.timeout.count()) / 1000)},
        {"cpu time", function.cpu_time.count() == 0
                         ? "no limit"
                         : fmt::format("{:g} s", static_cast<double>(function.cpu_time.count()) / 1000)},
        {"cpu", function.cpu == 0 ? "no limit" : fmt::format("{:g} of a processor", function.cpu)},
        {"tmp", fmt::format("{} MB, but at most half of the memory", function.tmp_mb)},
        {"mode", std::string(to_string(function.mode))},
        {"code", human_bytes(function.code_bytes) + ", sha256 " + function.code_digest},
        {"snapshot", human_bytes(function.snapshot_bytes)},
        {"loaded in", human_nanoseconds(function.load_ns)},
        {"created", human_date(function.created_at)},
        {"updated", human_date(function.updated_at)}};
    for (const auto& [key, value] : function.environment) entries.emplace_back("env " + key, value);
    return properties(entries);
}

int run(const Arguments& arguments) {
    auto engine = open_engine();
    if (!engine) return report(engine.error());
    const auto function = engine->function_info(arguments.name);
    if (!function) return report(function.error());
    if (arguments.json)
        print_json(*function);
    else
        write_all(STDOUT_FILENO, description(*function));
    return 0;
}

}  // namespace

void add_function_inspect(const Command& function) {
    auto arguments = std::make_shared<Arguments>();
    function.add("inspect", "Show a function's settings and snapshot", "  mayfly function inspect hello --json\n")
        .argument("name", arguments->name, "the function")
        .flag("--json", arguments->json, "print a JSON object")
        .action([arguments] { return run(*arguments); });
}

}  // namespace mayfly::cli
