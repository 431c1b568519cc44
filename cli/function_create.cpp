// mayfly function create
#include <fmt/format.h>
#include <unistd.h>

#include <memory>

#include "cli/command.h"
#include "cli/engine.h"
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

int run(const Arguments& arguments) {
    const auto options = arguments.function.options(arguments.name);
    if (!options) return report(options.error());
    auto engine = open_engine();
    if (!engine) return report(engine.error());
    const auto created = engine->create_function(*options);
    if (!created) return report(created.error());
    if (arguments.json) {
        print_json(*created);
        return 0;
    }
    for (const LogRecord& record : created->load_logs) write_all(STDERR_FILENO, record.text);
    write_all(STDOUT_FILENO, fmt::format("function {}: loaded in {}, snapshot {}\n", created->name,
                                         human_nanoseconds(created->load_ns), human_bytes(created->snapshot_bytes)));
    return 0;
}

}  // namespace

void add_function_create(const Command& function) {
    auto arguments = std::make_shared<Arguments>();
    Command command = function.add(
        "create", "Load a function once and keep its snapshot",
        "  mayfly function create hello --runtime python3.11 --code examples/hello --handler app.handler\n"
        "  mayfly function create big --runtime python3.11 --code DIR --handler app.main --memory 512 --timeout 30\n");
    command.argument("name", arguments->name, "the function's name");
    arguments->function.add_required(command);
    command.required_text("--code", "DIR", arguments->function.code, "the folder with the code");
    arguments->function.add_limits(command, Absent::is_standard);
    command.flag("--json", arguments->json, "print the function as JSON").action([arguments] {
        return run(*arguments);
    });
}

}  // namespace mayfly::cli
