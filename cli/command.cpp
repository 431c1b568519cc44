#include "cli/command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <type_traits>
#include <utility>

namespace mayfly::cli {
namespace {

// CLI11 would print the range or the list behind the option's name; the help text says it better.
template <class Validator>
Validator silent(Validator validator) {
    validator.description("");
    return validator;
}

// CLI11's own range speaks of "1 to 10000000.000000", and lets NaN through.
template <class Number>
CLI::Validator between(Number least, Number most) {
    const auto check = [least, most](const std::string& text) -> std::string {
        Number value{};
        const bool is_number = CLI::detail::lexical_cast(text, value) && !std::isnan(static_cast<double>(value));
        if (is_number && value >= least && value <= most) return {};
        const bool looks_like_one = !text.empty() && text.find_first_not_of("-.0123456789") == std::string::npos;
        const char* const kind = std::is_integral_v<Number> ? "whole number" : "number";
        if (!is_number && !looks_like_one) return fmt::format("'{}' is not a number", text);
        return fmt::format("expected a {} from {} to {}, got '{}'", kind, least, most, text);
    };
    return CLI::Validator(check, "");
}

}  // namespace

Command Command::add(const std::string& name, const std::string& description, const std::string& examples) const {
    CLI::App* command = app_->add_subcommand(name, description);
    command->footer("Examples:\n" + examples);
    return {*command, *line_};
}

Command Command::add_group(const std::string& name, const std::string& description, const std::string& examples) const {
    CLI::App* group = app_->add_subcommand(name, description);
    group->footer("Examples:\n" + examples);
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
    app_->add_option(names, target, help)->type_name(value)->check(between(least, most))->capture_default_str();
    return *this;
}

Command& Command::number(const std::string& names, const std::string& value, std::optional<std::uint32_t>& target,
                         std::uint32_t least, std::uint32_t most, const std::string& help) {
    app_->add_option(names, target, help)->type_name(value)->check(between(least, most));
    return *this;
}

Command& Command::number(const std::string& names, const std::string& value, std::optional<double>& target,
                         double least, double most, const std::string& help) {
    app_->add_option(names, target, help)->type_name(value)->check(between(least, most));
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
            throw CLI::ValidationError("the program goes behind --, as in: mayfly exec IMAGE -- /usr/bin/python3 -V");
        line->takes_program = true;
        line->action = [line, run] { return run(line->program); };
    });
}

}  // namespace mayfly::cli
