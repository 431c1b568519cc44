// mayfly function ls
#include <fmt/format.h>
#include <unistd.h>

#include <memory>

#include "cli/command.h"
#include "cli/engine.h"
#include "cli/format.h"
#include "cli/json_output.h"

namespace mayfly::cli {
namespace {

int run(bool json) {
    auto engine = open_engine();
    if (!engine) return report(engine.error());
    const auto functions = engine->functions();
    if (!functions) return report(functions.error());
    if (json) {
        print_json(*functions);
        return 0;
    }
    Table table({"NAME", "IMAGE", "HANDLER", "MEMORY", "TIMEOUT", "MODE", "SNAPSHOT", "UPDATED"});
    for (const FunctionInfo& function : *functions)
        table.add({function.name, function.image, function.handler, fmt::format("{} MB", function.memory_mb),
                   fmt::format("{:g} s", static_cast<double>(function.timeout.count()) / 1000),
                   std::string(to_string(function.mode)), human_bytes(function.snapshot_bytes),
                   human_date(function.updated_at)});
    write_all(STDOUT_FILENO, table.text());
    return 0;
}

}  // namespace

void add_function_ls(const Command& function) {
    auto json = std::make_shared<bool>(false);
    function.add("ls", "List functions", "  mayfly function ls\n  mayfly function ls --json\n")
        .flag("--json", *json, "print a JSON array")
        .action([json] { return run(*json); });
}

}  // namespace mayfly::cli
