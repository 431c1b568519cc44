// mayfly invoke

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

void add_invoke(CLI::App& app, CommandLine& line) {
    auto arguments = std::make_shared<Arguments>();
    CLI::App* command = add_command(app, "invoke", "Send an event to a function; its reply goes to standard output",
                                    "  mayfly invoke hello -d '{\"name\": \"Ada\"}'\n"
                                    "  mayfly invoke hello -d @event.json --log all\n"
                                    "  echo '{}' | mayfly invoke hello -d - --json\n"
                                    "  mayfly invoke hello --repeat 1000 > /dev/null\n");
    command->add_option("name", arguments->name, "the function")->required()->type_name("");
    add_event(*command, arguments->invocation.event);
    command->add_flag("--json", arguments->invocation.json,
                      "print one object with outcome, reply, receipt and logs (with --repeat: one a line)");
    add_log_policy(*command, arguments->invocation.log);
    command->add_option("--repeat", arguments->invocation.repeat, "invoke N times; a summary of the times follows")
        ->type_name("N")
        ->check(CLI::Range(1, 100000000).description(""));
    command->add_flag("--fresh", arguments->invocation.fresh, "in a new microVM that never ran an event");
    command->callback([arguments, &line] { line.action = [arguments] { return run(*arguments); }; });
}

}  // namespace mayfly::cli
