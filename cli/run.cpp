// mayfly run
#include <unistd.h>

#include "cli/command.h"
#include "cli/engine.h"
#include "cli/invocation.h"
#include "cli/options.h"

namespace mayfly::cli {
namespace {

struct Arguments {
    FunctionArguments function;
    InvocationArguments invocation;
};

int run(const Arguments& arguments) {
    auto engine = open_engine();
    if (!engine) return report(engine.error());
    auto function = engine->temporary_function(arguments.function.options("run"));
    if (!function) return report(function.error());
    if (!arguments.invocation.json)
        for (const LogRecord& record : function->info().load_logs) write_all(STDERR_FILENO, record.text);
    return invoke_and_show(*function, arguments.invocation);
}

}  // namespace

void add_run(CLI::App& app, CommandLine& line) {
    auto arguments = std::make_shared<Arguments>();
    CLI::App* command = add_command(
        app, "run", "Load a function, invoke it once, forget it",
        "  mayfly run examples/hello --runtime python3.11 --handler app.handler -d '{\"name\": \"Ada\"}'\n");
    command->add_option("code", arguments->function.code, "the folder with the code")->required()->type_name("");
    command->add_option("--runtime,--image", arguments->function.image, "the image to run in")
        ->required()
        ->type_name("IMAGE");
    command->add_option("--handler", arguments->function.handler, "what to call: module.function")
        ->required()
        ->type_name("NAME");
    add_event(*command, arguments->invocation.event);
    arguments->function.add_limits(*command);
    command->add_flag("--json", arguments->invocation.json, "print one object with outcome, reply, receipt and logs");
    add_log_policy(*command, arguments->invocation.log);
    command->callback([arguments, &line] { line.action = [arguments] { return run(*arguments); }; });
}

}  // namespace mayfly::cli
