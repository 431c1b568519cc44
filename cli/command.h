// What a subcommand says of itself: its options and what it does. CLI11 stays behind this: it is
// slow to compile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace mayfly::cli {

struct CommandLine {
    std::function<int()> action;       // of the subcommand that was chosen
    std::vector<std::string> program;  // what followed "--": the program of `exec`
    bool has_program = false;          // there was a "--"
    bool takes_program = false;        // the subcommand that was chosen is `exec`
};

// Empty when the text will do, else what is wrong with it.
using TextCheck = std::string (*)(const std::string&);

class Command {
public:
    Command(CLI::App& app, CommandLine& line) : app_(&app), line_(&line) {}

    // A subcommand of this one.
    Command add(const std::string& name, const std::string& description, const std::string& examples) const;
    // A subcommand that only groups others.
    Command add_group(const std::string& name, const std::string& description, const std::string& examples) const;

    // In what follows, `value` is the name the help shows for what is given.
    Command& argument(const std::string& name, std::string& target, const std::string& help);
    Command& text(const std::string& names, const std::string& value, std::string& target, const std::string& help);
    Command& text(const std::string& names, const std::string& value, std::optional<std::string>& target,
                  const std::string& help);
    Command& required_text(const std::string& names, const std::string& value, std::optional<std::string>& target,
                           const std::string& help);
    // May be given several times, one text each.
    Command& texts(const std::string& names, const std::string& value, std::vector<std::string>& target,
                   const std::string& help, TextCheck check = nullptr);
    // May be given several times, with several words each.
    Command& words(const std::string& names, const std::string& value, std::vector<std::string>& target,
                   const std::string& help);
    Command& one_of(const std::string& names, const std::string& value, std::optional<std::string>& target,
                    const std::vector<std::string>& allowed, const std::string& help);
    Command& number(const std::string& names, const std::string& value, std::size_t& target, std::size_t least,
                    std::size_t most, const std::string& help);
    Command& number(const std::string& names, const std::string& value, std::optional<std::uint32_t>& target,
                    std::uint32_t least, std::uint32_t most, const std::string& help);
    Command& number(const std::string& names, const std::string& value, std::optional<double>& target, double least,
                    double most, const std::string& help);
    Command& flag(const std::string& names, bool& target, const std::string& help);

    // Runs when the subcommand was chosen and its options are in place; gives the exit code.
    void action(std::function<int()> run);
    // The same with the program behind "--", which must be there.
    void program_action(std::function<int(const std::vector<std::string>&)> run);

private:
    CLI::App* app_;
    CommandLine* line_;
};

void add_doctor(const Command& app);
void add_image_build(const Command& image);
void add_image_ls(const Command& image);
void add_image_inspect(const Command& image);
void add_image_rm(const Command& image);
void add_exec(const Command& app);
void add_function_create(const Command& function);
void add_function_ls(const Command& function);
void add_function_inspect(const Command& function);
void add_function_rm(const Command& function);
void add_function_update(const Command& function);
void add_invoke(const Command& app);
void add_run(const Command& app);
void add_bench_startup(const Command& bench);
void add_bench_invoke(const Command& bench);
void add_bench_burst(const Command& bench);
void add_bench_density(const Command& bench);
void add_bench_counts(const Command& bench);
void add_bench_workloads(const Command& bench);
void add_bench_syscalls(const Command& bench);
void add_bench_floor(const Command& bench);
void add_bench_growth(const Command& bench);

}  // namespace mayfly::cli
