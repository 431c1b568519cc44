// A subcommand registers its options; when it was chosen, its action runs and gives the exit code.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

namespace mayfly::cli {

struct CommandLine {
    std::function<int()> action;       // of the subcommand that was chosen
    std::vector<std::string> program;  // what followed "--": the program of `exec`
    bool has_program = false;          // there was a "--"
    bool takes_program = false;        // set by the subcommand that was chosen
};

void add_doctor(CLI::App& app, CommandLine& line);
void add_image_build(CLI::App& image, CommandLine& line);
void add_image_ls(CLI::App& image, CommandLine& line);
void add_image_inspect(CLI::App& image, CommandLine& line);
void add_image_rm(CLI::App& image, CommandLine& line);
void add_exec(CLI::App& app, CommandLine& line);
void add_function_create(CLI::App& function, CommandLine& line);
void add_function_ls(CLI::App& function, CommandLine& line);
void add_function_inspect(CLI::App& function, CommandLine& line);
void add_function_rm(CLI::App& function, CommandLine& line);
void add_function_update(CLI::App& function, CommandLine& line);
void add_invoke(CLI::App& app, CommandLine& line);
void add_run(CLI::App& app, CommandLine& line);
void add_bench_startup(CLI::App& bench, CommandLine& line);
void add_bench_floor(CLI::App& bench, CommandLine& line);

// A subcommand with its description, examples and action.
CLI::App* add_command(CLI::App& parent, const std::string& name, const std::string& description,
                      const std::string& examples);

}  // namespace mayfly::cli
