// mayfly image ls
#include <unistd.h>

#include <memory>

#include "cli/command.h"
#include "cli/engine.h"
#include "cli/format.h"
#include "cli/json_output.h"

namespace mayfly::cli {
namespace {

int run(bool json) {
    auto engine = open_engine();
    if (!engine) return report(engine.error());
    const auto images = engine->images();
    if (!images) return report(images.error());
    if (json) {
        print_json(*images);
        return 0;
    }
    Table table({"NAME", "RUNTIME", "SIZE", "BASE SNAPSHOT", "FUNCTIONS", "CREATED", "DIGEST"});
    for (const ImageInfo& image : *images)
        table.add({image.name, image.runtime.empty() ? "-" : image.runtime, human_bytes(image.bytes),
                   image.base_snapshot_bytes > 0 ? human_bytes(image.base_snapshot_bytes) : "-",
                   std::to_string(image.functions.size()), human_date(image.created_at), image.digest.substr(0, 12)});
    write_all(STDOUT_FILENO, table.text());
    return 0;
}

}  // namespace

void add_image_ls(const Command& image) {
    auto json = std::make_shared<bool>(false);
    image.add("ls", "List images", "  mayfly image ls\n  mayfly image ls --json\n")
        .flag("--json", *json, "print a JSON array")
        .action([json] { return run(*json); });
}

}  // namespace mayfly::cli
