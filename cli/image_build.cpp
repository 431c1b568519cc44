// mayfly image build
#include <fmt/format.h>
#include <unistd.h>

#include <memory>

#include "cli/command.h"
#include "cli/engine.h"
#include "cli/format.h"
#include "cli/json_output.h"

namespace mayfly::cli {
namespace {

struct Arguments {
    ImageOptions image;
    bool json = false;
};

// What each slimming step saved.
std::string slimming_table(const ImageInfo& image) {
    Table table({"STEP", "SIZE", "SAVED", "FILES"});
    std::uint64_t before = 0;
    for (const ImageStep& step : image.steps) {
        table.add({step.name, human_bytes(step.bytes), before > step.bytes ? human_bytes(before - step.bytes) : "",
                   std::to_string(step.files)});
        before = step.bytes;
    }
    return table.text();
}

std::string summary(const ImageInfo& image) {
    std::string text = fmt::format("\nimage {}: {}, {} packages, sha256:{}\n", image.name, human_bytes(image.bytes),
                                   image.packages.size(), image.digest);
    if (image.base_snapshot_bytes > 0)
        text += fmt::format("base snapshot of {}: {}\n", image.runtime, human_bytes(image.base_snapshot_bytes));
    return text;
}

int run(const Arguments& arguments) {
    ProgressLine progress;
    auto engine = open_engine(&progress);
    if (!engine) return report(engine.error());
    const auto image = engine->build_image(arguments.image);
    progress.clear();
    if (!image) return report(image.error());
    if (arguments.json)
        print_json(*image);
    else
        write_all(STDOUT_FILENO, slimming_table(*image) + summary(*image));
    return 0;
}

}  // namespace

void add_image_build(const Command& image) {
    auto arguments = std::make_shared<Arguments>();
    Command command = image.add("build", "Build an image from Debian packages, with a base snapshot",
                                "  mayfly image build python3.11\n"
                                "  mayfly image build python3.11 --package python3-numpy --name numpy\n");
    command.argument("runtime", arguments->image.runtime, "the language runtime: python3.11")
        .words("--package", "PACKAGE...", arguments->image.packages, "more Debian packages, with what they depend on")
        .text("--name", "NAME", arguments->image.name, "the image's name (default: the runtime's)")
        .flag("--json", arguments->json, "print what was built as JSON")
        .action([arguments] { return run(*arguments); });
}

}  // namespace mayfly::cli
