// mayfly function create
#include <fmt/format.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/engine.h"
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

int run(const Arguments& arguments) {
    auto engine = open_engine();
    if (!engine) return report(engine.error());
    const auto created = engine->create_function(arguments.function.options(arguments.name));
    if (!created) return report(created.error());
    if (arguments.json) {
        print(to_json(*created));
        return 0;
    }
    for (const LogRecord& record : created->load_logs) write_all(STDERR_FILENO, record.text);
    write_all(STDOUT_FILENO, fmt::format("function {}: loaded in {}, snapshot {}\n", created->name,
                                         human_nanoseconds(created->load_ns), human_bytes(created->snapshot_bytes)));
    return 0;
}

}  // namespace

void add_function_create(CLI::App& function, CommandLine& line) {
    auto arguments = std::make_shared<Arguments>();
    CLI::App* command = add_command(
        function, "create", "Load a function once and keep its snapshot",
        "  mayfly function create hello --runtime python3.11 --code examples/hello --handler app.handler\n"
        "  mayfly function create big --runtime python3.11 --code DIR --handler app.main --memory 512 --timeout 30 "
        "--env STAGE=test\n");
    command->add_option("name", arguments->name, "the function's name")->required()->type_name("");
    command->add_option("--runtime,--image", arguments->function.image, "the image to run in")
        ->required()
        ->type_name("IMAGE");
    command->add_option("--code", arguments->function.code, "the folder with the code")->required()->type_name("DIR");
    command->add_option("--handler", arguments->function.handler, "what to call: module.function")
        ->required()
        ->type_name("NAME");
    arguments->function.add_limits(*command);
    command->add_flag("--json", arguments->json, "print the function as JSON");
    command->callback([arguments, &line] { line.action = [arguments] { return run(*arguments); }; });
}

}  // namespace mayfly::cli
