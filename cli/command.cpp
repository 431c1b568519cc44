#include "cli/command.h"

#include <CLI/CLI.hpp>
#include <utility>

namespace mayfly::cli {
namespace {

// CLI11 would print the range or the list behind the option's name; the help text says it better.
template <class Validator>
Validator silent(Validator validator) {
    validator.description("");
    return validator;
}

}  // namespace

Command Command::add(const std::string& name, const std::string& description, const std::string& examples) const {
    CLI::App* command = app_->add_subcommand(name, description);
    command->footer("Examples:\n" + examples);
    return {*command, *line_};
}

Command Command::add_group(const std::string& name, const std::string& description) const {
    CLI::App* group = app_->add_subcommand(name, description);
    group->require_subcommand(1);
    return {*group, *line_};
}

Command& Command::argument(const std::string& name, std::string& target, const std::string& help) {
    app_->add_option(name, target, help)->required()->type_name("");
    return *this;
}

Command& Command::text(const std::string& names, const std::string& value, std::string& target,
                       const std::string& help) {
    CLI::Option* option = app_->add_option(names, target, help)->type_name(value);
    if (!target.empty()) option->capture_default_str();
    return *this;
}

Command& Command::text(const std::string& names, const std::string& value, std::optional<std::string>& target,
                       const std::string& help) {
    app_->add_option(names, target, help)->type_name(value);
    return *this;
}

Command& Command::required_text(const std::string& names, const std::string& value, std::optional<std::string>& target,
                                const std::string& help) {
    app_->add_option(names, target, help)->type_name(value)->required();
    return *this;
}

Command& Command::texts(const std::string& names, const std::string& value, std::vector<std::string>& target,
                        const std::string& help, TextCheck check) {
    CLI::Option* option = app_->add_option(names, target, help)->type_name(value)->expected(1)->take_all();
    if (check != nullptr) option->check(CLI::Validator(check, ""));
    return *this;
}

Command& Command::words(const std::string& names, const std::string& value, std::vector<std::string>& target,
                        const std::string& help) {
    app_->add_option(names, target, help)->type_name(value);
    return *this;
}

Command& Command::one_of(const std::string& names, const std::string& value, std::optional<std::string>& target,
                         const std::vector<std::string>& allowed, const std::string& help) {
    app_->add_option(names, target, help)->type_name(value)->check(silent(CLI::IsMember(allowed)));
    return *this;
}

Command& Command::number(const std::string& names, const std::string& value, std::size_t& target, std::size_t least,
                         std::size_t most, const std::string& help) {
    app_->add_option(names, target, help)
        ->type_name(value)
        ->check(silent(CLI::Range(least, most)))
        ->capture_default_str();
    return *this;
}

Command& Command::number(const std::string& names, const std::string& value, std::optional<std::uint32_t>& target,
                         std::uint32_t least, std::uint32_t most, const std::string& help) {
    app_->add_option(names, target, help)->type_name(value)->check(silent(CLI::Range(least, most)));
    return *this;
}

Command& Command::number(const std::string& names, const std::string& value, std::optional<double>& target,
                         double least, double most, const std::string& help) {
    app_->add_option(names, target, help)->type_name(value)->check(silent(CLI::Range(least, most)));
    return *this;
}

Command& Command::flag(const std::string& names, bool& target, const std::string& help) {
    app_->add_flag(names, target, help);
    return *this;
}

void Command::action(std::function<int()> run) {
    app_->callback([line = line_, run = std::move(run)] { line->action = run; });
}

void Command::program_action(std::function<int(const std::vector<std::string>&)> run) {
    app_->callback([line = line_, run = std::move(run)] {
        if (line->program.empty())
            throw CLI::ValidationError("the program goes behind --, as in: mayfly exec IMAGE -- /bin/true");
        line->takes_program = true;
        line->action = [line, run] { return run(line->program); };
    });
}

}  // namespace mayfly::cli
