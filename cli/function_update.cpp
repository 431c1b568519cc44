// mayfly function update
#include <fmt/format.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/engine.h"
#include "cli/exit_code.h"
#include "cli/format.h"
#include "cli/options.h"
#include "cli/to_json.h"

namespace mayfly::cli {
namespace {

struct Arguments {
    std::string name;
    FunctionArguments function;
    bool json = false;
};

bool changes_something(const FunctionUpdate& update) {
    return update.image || update.code_directory || update.handler || update.memory_mb || update.timeout ||
           update.environment || update.mode;
}

int run(const Arguments& arguments) {
    const FunctionUpdate update = arguments.function.update();
    if (!changes_something(update)) {
        print_error("nothing to change: name at least one option (see mayfly function update --help)");
        return kExitUsage;
    }
    auto engine = open_engine();
    if (!engine) return report(engine.error());
    const auto updated = engine->update_function(arguments.name, update);
    if (!updated) return report(updated.error());
    if (arguments.json) {
        print(to_json(*updated));
        return 0;
    }
    for (const LogRecord& record : updated->load_logs) write_all(STDERR_FILENO, record.text);
    write_all(STDOUT_FILENO, fmt::format("function {}: loaded in {}, snapshot {}\n", updated->name,
                                         human_nanoseconds(updated->load_ns), human_bytes(updated->snapshot_bytes)));
    return 0;
}

}  // namespace

void add_function_update(CLI::App& function, CommandLine& line) {
    auto arguments = std::make_shared<Arguments>();
    CLI::App* command = add_command(function, "update", "Change a function; what is not named stays as it is",
                                    "  mayfly function update hello --code examples/hello\n"
                                    "  mayfly function update hello --memory 256 --mode stateful\n");
    command->add_option("name", arguments->name, "the function")->required()->type_name("");
    command->add_option("--runtime,--image", arguments->function.image, "the image to run in")->type_name("IMAGE");
    command->add_option("--code", arguments->function.code, "the folder with the code")->type_name("DIR");
    command->add_option("--handler", arguments->function.handler, "what to call: module.function")->type_name("NAME");
    arguments->function.add_limits(*command);
    command->add_flag("--json", arguments->json, "print the function as JSON");
    command->callback([arguments, &line] { line.action = [arguments] { return run(*arguments); }; });
}

}  // namespace mayfly::cli
