// mayfly function rm
#include "cli/command.h"
#include "cli/engine.h"

namespace mayfly::cli {
namespace {

int run(const std::string& name) {
    auto engine = open_engine();
    if (!engine) return report(engine.error());
    if (const auto removed = engine->remove_function(name); !removed) return report(removed.error());
    return 0;
}

}  // namespace

void add_function_rm(CLI::App& function, CommandLine& line) {
    auto name = std::make_shared<std::string>();
    CLI::App* command = add_command(function, "rm", "Remove a function", "  mayfly function rm hello\n");
    command->add_option("name", *name, "the function")->required()->type_name("");
    command->callback([name, &line] { line.action = [name] { return run(*name); }; });
}

}  // namespace mayfly::cli
