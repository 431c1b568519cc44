// mayfly doctor
#include <fmt/format.h>
#include <unistd.h>

#include <memory>

#include <algorithm>

#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/format.h"
#include "cli/json_output.h"
#include "cli/terminal.h"

namespace mayfly::cli {
namespace {

std::string mark(CheckStatus status) {
    switch (status) {
    case CheckStatus::ok: return styled(STDOUT_FILENO, Style::green, "ok     ");
    case CheckStatus::warning: return styled(STDOUT_FILENO, Style::yellow, "warning");
    case CheckStatus::missing: return styled(STDOUT_FILENO, Style::red, "missing");
    }
    return {};
}

std::string lines(const std::vector<Check>& checks) {
    std::size_t width = 0;
    for (const Check& check : checks) width = std::max(width, check.name.size());
    std::string text;
    for (const Check& check : checks) {
        text += fmt::format("{}  {:<{}}  {}\n", mark(check.status), check.name, width, check.found);
        if (check.status != CheckStatus::ok && !check.advice.empty())
            text += fmt::format("{:>{}}  -> {}\n", "", width + 9, check.advice);
    }
    return text;
}

int run(bool json) {
    const std::vector<Check> checks = diagnose();
    const bool works = std::none_of(checks.begin(), checks.end(),
                                    [](const Check& check) { return check.status == CheckStatus::missing; });
    if (json) {
        print_json(checks, works);
    } else {
        write_all(STDOUT_FILENO, lines(checks));
        write_all(STDOUT_FILENO,
                  works ? "\nFunctions can run here.\n" : "\nFunctions can't run here: see what is missing.\n");
    }
    return works ? kExitFinished : kExitFunctionError;
}

}  // namespace

void add_doctor(const Command& app) {
    auto json = std::make_shared<bool>(false);
    app.add("doctor", "Check that this machine can run functions, and say what is missing",
            "  mayfly doctor\n  mayfly doctor --json\n")
        .flag("--json", *json, "print a JSON object")
        .action([json] { return run(*json); });
}

}  // namespace mayfly::cli
