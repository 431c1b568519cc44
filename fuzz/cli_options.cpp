// The options of `mayfly function create`, as words that anybody types or generates.
// hostile: C17 E4 E5 E12
#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/options.h"
#include "fuzz/target.h"

using namespace mayfly;

namespace {

// Built once: a parser takes a hundred times as long to build as to run.
struct Parser {
    Parser() {
        const cli::Command top(app, line);
        cli::Command command = top.add("create", "", "");
        command.argument("name", name, "");
        function.add_required(command);
        command.required_text("--code", "DIR", function.code, "");
        function.add_limits(command, cli::Absent::is_standard);
        function.add_unset(command);
        cli::add_event(command, event);
        cli::add_log_policy(command, log_policy);
        command.action([] { return 0; });
    }
    CLI::App app{"", "mayfly"};
    cli::CommandLine line;
    std::string name;
    std::string event;
    std::optional<std::string> log_policy;
    cli::FunctionArguments function;
};

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\0'), text.size());
        words.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    words.emplace_back("create");
    return words;  // CLI11 takes them from the end
}

// An event is never read from a file here: any of this machine could be named.
void forget_files(std::optional<std::string>& event) {
    if (event && (*event == "-" || event->starts_with('@'))) event->clear();
}

void check(const FunctionOptions& options) {
    MF_REQUIRE(options.memory_mb >= kMinMemoryMb && options.memory_mb <= kMaxMemoryMb);
    MF_REQUIRE(options.timeout.count() > 0 && options.timeout <= kMaxTimeout);
    MF_REQUIRE(options.environment.find("") == options.environment.end());
}

}  // namespace

MF_FUZZ_TARGET(input) {
    static Parser parser;
    parser.function = {};
    try {
        parser.app.parse(words_of(input.text()));
    } catch (const CLI::ParseError&) {
        return;
    }
    forget_files(parser.function.training);
    check(*parser.function.options(parser.name));
    static_cast<void>(parser.function.update());
    static_cast<void>(cli::parse_log_policy(parser.log_policy.value_or("tail")));
}
