// mayfly exec
#include <unistd.h>

#include <memory>

#include "cli/command.h"
#include "cli/engine.h"
#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/options.h"

namespace mayfly::cli {
namespace {

struct Arguments {
    std::string image;
    std::optional<std::uint32_t> memory_mb;
    std::optional<double> timeout_seconds;
    bool trace_syscalls = false;
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

    ExecOptions options;
    options.image = arguments.image;
    options.arguments = program;
    options.environment = parse_environment(arguments.environment);
    options.memory_mb = arguments.memory_mb.value_or(options.memory_mb);
    options.timeout = milliseconds_of(arguments.timeout_seconds.value_or(0));
    options.mounts = parse_mounts(arguments.mounts);
    options.trace_syscalls = arguments.trace_syscalls;
    options.input = STDIN_FILENO;
    options.output = pass_through;

    const auto result = engine->exec(options);
    if (!result) return report(result.error());
    if (result->outcome == Outcome::finished) return result->exit_code;
    if (!interrupted()) print_error(std::string(to_string(result->outcome)) + ": " + result->cause);
    return exit_code(result->outcome);
}

}  // namespace

void add_exec(const Command& app) {
    auto arguments = std::make_shared<Arguments>();
    Command command =
        app.add("exec", "Run a program of an image from a cold boot; input, output and status pass through",
                "  mayfly exec python3.11 -- /usr/bin/python3 -c 'print(6*7)'\n"
                "  mayfly exec python3.11 --mount .:/data --timeout 10 -- /usr/bin/python3 /data/program.py\n"
                "\n"
                "The exit code is the program's, 128 + signal when one ended it; 3 when the microVM crashed, timed\n"
                "out or ran out of memory.\n");
    command.argument("image", arguments->image, "the image; the program and its arguments follow behind --");
    add_memory(command, arguments->memory_mb, ExecOptions{}.memory_mb);
    command.number("--timeout", "S", arguments->timeout_seconds, 0.001, 1e7, "end it after S seconds (default: never)");
    add_environment(command, arguments->environment);
    command
        .texts("--mount", "HOSTDIR:/path", arguments->mounts,
               "copy a host folder in, read-only: HOSTDIR:/path (repeatable)", check_mount)
        .flag("--trace-syscalls", arguments->trace_syscalls, "print system calls to standard error")
        .program_action([arguments](const std::vector<std::string>& program) { return run(*arguments, program); });
}

}  // namespace mayfly::cli
