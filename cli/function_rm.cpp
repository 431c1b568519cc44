// mayfly function rm
#include <memory>

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

void add_function_rm(const Command& function) {
    auto name = std::make_shared<std::string>();
    function.add("rm", "Remove a function", "  mayfly function rm hello\n")
        .argument("name", *name, "the function")
        .action([name] { return run(*name); });
}

}  // namespace mayfly::cli
