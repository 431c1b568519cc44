// mayfly run
#include <unistd.h>

#include <memory>

#include "cli/command.h"
#include "cli/engine.h"
#include "cli/invocation.h"
#include "cli/options.h"

namespace mayfly::cli {
namespace {

struct Arguments {
    std::string code;
    FunctionArguments function;
    InvocationArguments invocation;
};

int run(const Arguments& arguments) {
    auto options = arguments.function.options("run");
    if (!options) return report(options.error());
    options->code_directory = arguments.code;
    auto engine = open_engine();
    if (!engine) return report(engine.error());
    auto function = engine->temporary_function(*options);
    if (!function) return report(function.error());
    if (!arguments.invocation.json)
        for (const LogRecord& record : function->info().load_logs) write_all(STDERR_FILENO, record.text);
    return invoke_and_show(*function, arguments.invocation);
}

}  // namespace

void add_run(const Command& app) {
    auto arguments = std::make_shared<Arguments>();
    Command command =
        app.add("run", "Load a function, invoke it once, forget it",
                "  mayfly run examples/hello --runtime python3.11 --handler app.handler -d '{\"name\": \"Ada\"}'\n");
    command.argument("code", arguments->code, "the folder with the code");
    arguments->function.add_required(command);
    add_event(command, arguments->invocation.event);
    arguments->function.add_limits(command, Absent::is_standard);
    command.flag("--json", arguments->invocation.json, "print one object with outcome, reply, receipt and logs");
    add_log_policy(command, arguments->invocation.log);
    command.action([arguments] { return run(*arguments); });
}

}  // namespace mayfly::cli
