// mayfly image rm
#include "cli/command.h"
#include "cli/engine.h"

namespace mayfly::cli {
namespace {

int run(const std::string& name) {
    auto engine = open_engine();
    if (!engine) return report(engine.error());
    if (const auto removed = engine->remove_image(name); !removed) return report(removed.error());
    return 0;
}

}  // namespace

void add_image_rm(CLI::App& image, CommandLine& line) {
    auto name = std::make_shared<std::string>();
    CLI::App* command =
        add_command(image, "rm", "Remove an image that no function uses", "  mayfly image rm python3.11\n");
    command->add_option("name", *name, "the image")->required()->type_name("");
    command->callback([name, &line] { line.action = [name] { return run(*name); }; });
}

}  // namespace mayfly::cli
