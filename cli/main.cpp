// The `mayfly` command.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/engine.h"
#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/terminal.h"
#include "commit.h"
#include "mayfly/mayfly.h"

namespace mayfly::cli {
namespace {

constexpr const char* kFooter =
    "Exit codes: 0 finished, 1 function error, 2 usage, 3 the microVM crashed, timed out or ran out of\n"
    "memory, 4 host error, 130 interrupted. State lives in $MAYFLY_HOME, else $XDG_DATA_HOME/mayfly, else\n"
    "~/.local/share/mayfly.\n"
    "\n"
    "Examples:\n"
    "  mayfly doctor\n"
    "  mayfly image build python3.11\n"
    "  mayfly function create hello --runtime python3.11 --code examples/hello --handler app.handler\n"
    "  mayfly invoke hello -d '{\"name\": \"Ada\"}'\n";

void add_commands(CLI::App& app, CommandLine& line) {
    app.require_subcommand(1);
    app.footer(kFooter);
    app.set_version_flag("--version", "mayfly " + std::string(version()) + " (" + MAYFLY_COMMIT + ")");

    const Command top(app, line);
    add_doctor(top);
    const Command image = top.add_group("image", "Build, list and remove images",
                                        "  mayfly image build python3.11\n"
                                        "  mayfly image build python3.11 --package python3-numpy --name numpy\n"
                                        "  mayfly image ls\n");
    add_image_build(image);
    add_image_ls(image);
    add_image_inspect(image);
    add_image_rm(image);
    const Command function = top.add_group(
        "function", "Create, list, change and remove functions",
        "  mayfly function create hello --runtime python3.11 --code examples/hello --handler app.handler\n"
        "  mayfly function update hello --memory 256\n"
        "  mayfly function ls\n");
    add_function_create(function);
    add_function_ls(function);
    add_function_inspect(function);
    add_function_update(function);
    add_function_rm(function);
    add_invoke(top);
    add_run(top);
    add_exec(top);
    const Command bench =
        top.add_group("bench", "Measure start-up, invocations, workloads, memory, and the floor of this host",
                      "  mayfly bench startup --plot startup.svg\n"
                      "  mayfly bench invoke --json\n"
                      "  mayfly bench floor\n");
    add_bench_startup(bench);
    add_bench_invoke(bench);
    add_bench_burst(bench);
    add_bench_growth(bench);
    add_bench_density(bench);
    add_bench_counts(bench);
    add_bench_workloads(bench);
    add_bench_syscalls(bench);
    add_bench_floor(bench);
}

// Before or behind a subcommand.
void add_accepted_risks(CLI::App& app, AcceptedRisks& risks) {
    constexpr const char* kGroup = "Run where this host can't give the whole jail (docs/security.md)";
    app.fallthrough();
    app.add_flag("--insecure-no-namespaces", risks.no_namespaces, "without namespaces and the empty root")
        ->group(kGroup);
    app.add_flag("--insecure-no-unique-ids", risks.no_unique_ids, "as root, without a user id for each microVM")
        ->group(kGroup);
    app.add_flag("--insecure-no-cgroup", risks.no_cgroup, "without control groups where a limit needs them")
        ->group(kGroup);
    app.add_flag("--insecure-no-seccomp", risks.no_seccomp, "without a list of allowed system calls")->group(kGroup);
}

// CLI11 would look for options in what follows "--": the program of `exec` is taken out before.
std::vector<std::string> take_program(int argc, char** argv, CommandLine& line) {
    std::vector<std::string> arguments(argv + 1, argv + argc);
    const auto dashes = std::find(arguments.begin(), arguments.end(), "--");
    if (dashes != arguments.end()) {
        line.has_program = true;
        line.program.assign(dashes + 1, arguments.end());
        arguments.erase(dashes, arguments.end());
    }
    std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the end
    return arguments;
}

struct Typed {
    const CLI::App* command;  // the innermost that was named
    std::string rest;         // the first word behind it
};

Typed typed(const CLI::App& app, int argc, char** argv) {
    const CLI::App* command = &app;
    for (int index = 1; index < argc; ++index) {
        const std::string word = argv[index];
        const auto commands = command->get_subcommands([](const CLI::App*) { return true; });
        const auto named = std::find_if(commands.begin(), commands.end(),
                                        [&](const CLI::App* candidate) { return candidate->get_name() == word; });
        if (named == commands.end()) return {command, word};
        command = *named;
    }
    return {command, {}};
}

// An option that takes all the words it finds took the one that is missing now.
std::string explain_missing(const CLI::App& command, const std::string& what) {
    for (const CLI::Option* option : command.get_options())
        if (option->get_items_expected_max() > 1 && option->count() > 0)
            return what + ": " + option->get_name() + " took every word behind it; give the others before it";
    return what;
}

// CLI11 names words that it can't use in no useful order.
std::string explain_extras(const CLI::App& app, const CLI::App& command) {
    std::string text = "not expected:";
    for (const std::string& word : app.remaining(true)) text += " " + word;
    if (command.get_name() == "exec") text += "; the program goes behind --, as in: mayfly exec IMAGE -- PROGRAM ...";
    return text;
}

// CLI11 only says that a subcommand is missing; what was typed instead is more of a help.
std::string explain(const CLI::App& app, const CLI::ParseError& error, int argc, char** argv) {
    const auto [command, rest] = typed(app, argc, argv);
    const bool is_group = !command->get_subcommands([](const CLI::App*) { return true; }).empty();
    if (is_group && !rest.empty())
        return (rest.starts_with('-') ? "there is no option '" : "there is no command '") + rest + "'";
    if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) return explain_missing(*command, error.what());
    if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) return explain_extras(app, *command);
    return error.what();
}

int run(int argc, char** argv) {
    CommandLine line;
    CLI::App app("Functions in microVMs, started from snapshots.", "mayfly");
    AcceptedRisks risks;
    add_accepted_risks(app, risks);  // before the commands, which take over that options may fall through to it
    add_commands(app, line);
    try {
        app.parse(take_program(argc, argv, line));
    } catch (const CLI::ParseError& error) {
        // --help and --version are "errors" with code 0.
        if (error.get_exit_code() == 0) {
            std::ostringstream text;
            app.exit(error, text);
            write_all(STDOUT_FILENO, text.str());
            return kExitFinished;
        }
        print_error(explain(app, error, argc, argv) + "\nTry `mayfly --help`, or --help behind a command.");
        return kExitUsage;
    }
    if (line.has_program && !line.takes_program) {
        print_error("only `mayfly exec` takes a program behind --");
        return kExitUsage;
    }
    accept(risks);
    listen_for_interrupts();
    const int code = line.action ? line.action() : kExitUsage;
    on_interrupt({});
    return code;
}

// What happened beside the command's own work counts more than how that ended.
int checked(int code) {
    if (interrupted()) return kExitInterrupted;
    return output_failed() ? kExitHost : code;
}

}  // namespace
}  // namespace mayfly::cli

int main(int argc, char** argv) {
    mayfly::cli::open_standard_streams();
    return mayfly::cli::checked(mayfly::cli::run(argc, argv));
}
