// mayfly function update
#include <fmt/format.h>
#include <unistd.h>

#include <memory>

#include "cli/command.h"
#include "cli/engine.h"
#include "cli/exit_code.h"
#include "cli/format.h"
#include "cli/json_output.h"
#include "cli/options.h"

namespace mayfly::cli {
namespace {

struct Arguments {
    std::string name;
    FunctionArguments function;
    bool json = false;
};

bool changes_something(const FunctionUpdate& update) {
    return update.image || update.code_directory || update.handler || update.memory_mb || update.timeout ||
           update.cpu_time || update.cpu || update.tmp_mb || !update.environment.empty() ||
           !update.unset_environment.empty() || update.mode || update.training_event;
}

int run(const Arguments& arguments) {
    const auto update = arguments.function.update();
    if (!update) return report(update.error());
    if (!changes_something(*update)) {
        print_error("nothing to change: name at least one option (see mayfly function update --help)");
        return kExitUsage;
    }
    auto engine = open_engine();
    if (!engine) return report(engine.error());
    const auto updated = engine->update_function(arguments.name, *update);
    if (!updated) return report(updated.error());
    if (arguments.json) {
        print_json(*updated);
        return 0;
    }
    for (const LogRecord& record : updated->load_logs) write_all(STDERR_FILENO, record.text);
    write_all(STDOUT_FILENO, fmt::format("function {}: loaded in {}, snapshot {}\n", updated->name,
                                         human_nanoseconds(updated->load_ns), human_bytes(updated->snapshot_bytes)));
    return 0;
}

}  // namespace

void add_function_update(const Command& function) {
    auto arguments = std::make_shared<Arguments>();
    FunctionArguments& named = arguments->function;
    Command command = function.add("update", "Change a function; what is not named stays as it is",
                                   "  mayfly function update hello --code examples/hello\n"
                                   "  mayfly function update hello --memory 256 --mode stateful\n"
                                   "  mayfly function update hello --env STAGE=test --unset-env DEBUG\n");
    command.argument("name", arguments->name, "the function")
        .text("--runtime,--image", "IMAGE", named.image, "the image to run in")
        .text("--code", "DIR", named.code, "the folder with the code")
        .text("--handler", "NAME", named.handler, "what to call: module.function");
    named.add_limits(command, Absent::is_unchanged);
    named.add_unset(command);
    command.flag("--json", arguments->json, "print the function as JSON").action([arguments] {
        return run(*arguments);
    });
}

}  // namespace mayfly::cli
