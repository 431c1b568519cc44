// mayfly image inspect
#include <unistd.h>

#include <memory>

#include "cli/command.h"
#include "cli/engine.h"
#include "cli/format.h"
#include "cli/json_output.h"

namespace mayfly::cli {
namespace {

struct Arguments {
    std::string name;
    bool json = false;
};

std::string description(const ImageInfo& image) {
    std::string text = properties({{"name", image.name},
                                   {"runtime", image.runtime.empty() ? "none" : image.runtime},
                                   {"file", image.path},
                                   {"size", human_bytes(image.bytes)},
                                   {"sha256", image.digest},
                                   {"base snapshot", human_bytes(image.base_snapshot_bytes)},
                                   {"created", human_date(image.created_at)},
                                   {"functions", image.functions.empty() ? "none" : joined(image.functions, ", ")}});
    text += "packages\n";
    for (const std::string& package : image.packages) text += "  " + package + "\n";
    return text;
}

int run(const Arguments& arguments) {
    auto engine = open_engine();
    if (!engine) return report(engine.error());
    const auto image = engine->image(arguments.name);
    if (!image) return report(image.error());
    if (arguments.json)
        print_json(*image);
    else
        write_all(STDOUT_FILENO, description(*image));
    return 0;
}

}  // namespace

void add_image_inspect(const Command& image) {
    auto arguments = std::make_shared<Arguments>();
    image.add("inspect", "Show an image: its packages, digest and size", "  mayfly image inspect python3.11\n")
        .argument("name", arguments->name, "the image")
        .flag("--json", arguments->json, "print a JSON object")
        .action([arguments] { return run(*arguments); });
}

}  // namespace mayfly::cli
