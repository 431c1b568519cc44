// mayfly image rm
#include <memory>

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

void add_image_rm(const Command& image) {
    auto name = std::make_shared<std::string>();
    image.add("rm", "Remove an image that no function uses", "  mayfly image rm python3.11\n")
        .argument("name", *name, "the image")
        .action([name] { return run(*name); });
}

}  // namespace mayfly::cli
