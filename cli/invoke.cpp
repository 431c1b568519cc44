// mayfly invoke

#include <memory>

#include "cli/command.h"
#include "cli/engine.h"
#include "cli/invocation.h"
#include "cli/options.h"

namespace mayfly::cli {
namespace {

struct Arguments {
    std::string name;
    InvocationArguments invocation;
};

int run(const Arguments& arguments) {
    auto engine = open_engine();
    if (!engine) return report(engine.error());
    auto function = engine->function(arguments.name);
    if (!function) return report(function.error());
    return invoke_and_show(*function, arguments.invocation);
}

}  // namespace

void add_invoke(const Command& app) {
    auto arguments = std::make_shared<Arguments>();
    InvocationArguments& invocation = arguments->invocation;
    Command command = app.add("invoke", "Send an event to a function; its reply goes to standard output",
                              "  mayfly invoke hello -d '{\"name\": \"Ada\"}'\n"
                              "  mayfly invoke hello -d @event.json --log all\n"
                              "  echo '{}' | mayfly invoke hello -d - --json\n"
                              "  mayfly invoke hello --repeat 1000 > /dev/null\n");
    command.argument("name", arguments->name, "the function");
    add_event(command, invocation.event);
    command.flag("--json", invocation.json,
                 "print one object with outcome, reply, receipt and logs (with --repeat: one a line)");
    add_log_policy(command, invocation.log);
    command
        .number("--repeat", "N", invocation.repeat, 1, 100'000'000,
                "invoke N times; a summary of the times follows, logs only with --log")
        .flag("--fresh", invocation.fresh, "in a new microVM that never ran an event")
        .action([arguments] { return run(*arguments); });
}

}  // namespace mayfly::cli
