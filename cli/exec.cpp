// mayfly exec
#include <fcntl.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/engine.h"
#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/options.h"

namespace mayfly::cli {
namespace {

struct Arguments {
    ExecOptions exec;
    double timeout_seconds = 0;
    std::vector<std::string> environment;
    std::vector<std::string> mounts;  // HOSTDIR:/path
};

std::string check_mount(const std::string& text) {
    const auto colon = text.rfind(':');
    const bool valid = colon != std::string::npos && colon > 0 && text.compare(colon + 1, 1, "/") == 0;
    return valid ? std::string() : "expected HOSTDIR:/path, got '" + text + "'";
}

std::vector<ExecMount> parse_mounts(const std::vector<std::string>& entries) {
    std::vector<ExecMount> mounts;
    for (const std::string& entry : entries) {
        const auto colon = entry.rfind(':');
        mounts.push_back({entry.substr(0, colon), entry.substr(colon + 1)});
    }
    return mounts;
}

void pass_through(LogStream stream, std::string_view text) {
    write_all(stream == LogStream::output ? STDOUT_FILENO : STDERR_FILENO, text);
}

int run(const Arguments& arguments, const std::vector<std::string>& program) {
    auto engine = open_engine();
    if (!engine) return report(engine.error());

    ExecOptions options = arguments.exec;
    options.arguments = program;
    options.environment = parse_environment(arguments.environment);
    options.mounts = parse_mounts(arguments.mounts);
    options.timeout = milliseconds_of(arguments.timeout_seconds);
    options.input = ::fcntl(STDIN_FILENO, F_GETFD) >= 0 ? STDIN_FILENO : -1;
    options.output = pass_through;

    const auto result = engine->exec(options);
    if (!result) return report(result.error());
    if (result->outcome == Outcome::finished) return result->exit_code;
    if (!interrupted()) print_error(std::string(to_string(result->outcome)) + ": " + result->cause);
    return exit_code(result->outcome);
}

}  // namespace

void add_exec(CLI::App& app, CommandLine& line) {
    auto arguments = std::make_shared<Arguments>();
    CLI::App* command = add_command(
        app, "exec", "Run a program of an image from a cold boot, with its input, output and status passed through",
        "  mayfly exec python3.11 -- /usr/bin/python3 -c 'print(6*7)'\n"
        "  mayfly exec python3.11 --mount .:/work --timeout 10 -- /usr/bin/python3 /work/program.py\n"
        "\n"
        "The exit code is the program's, 128 + signal when one ended it; 3 when the microVM crashed, timed\n"
        "out or ran out of memory.\n");
    command->add_option("image", arguments->exec.image, "the image; the program and its arguments follow behind --")
        ->required()
        ->type_name("");
    command->add_option("--memory", arguments->exec.memory_mb, "RAM of the microVM in MB (default 512)")
        ->type_name("MB")
        ->check(CLI::Range(32, 16384).description(""));
    command->add_option("--timeout", arguments->timeout_seconds, "end it after S seconds (default: never)")
        ->type_name("S")
        ->check(CLI::Range(0.001, 1e7).description(""));
    add_environment(*command, arguments->environment);
    command->add_option("--mount", arguments->mounts, "copy a host folder in, read-only: HOSTDIR:/path (repeatable)")
        ->type_name("HOSTDIR:/path")
        ->expected(1)
        ->take_all()
        ->check(CLI::Validator(check_mount, ""));
    command->add_flag("--trace-syscalls", arguments->exec.trace_syscalls, "print system calls to standard error");
    command->callback([arguments, &line] {
        line.takes_program = true;
        if (line.program.empty())
            throw CLI::ValidationError("exec", "the program goes behind --, as in: exec IMAGE -- /bin/true");
        line.action = [arguments, &line] { return run(*arguments, line.program); };
    });
}

}  // namespace mayfly::cli
