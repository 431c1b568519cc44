#include "bench/lab/state_folder.h"

#include <filesystem>
#include <utility>

namespace mayfly::bench {
namespace {

namespace fs = std::filesystem;

// Not that its files were verified: a link changes them, and others may look at that file meanwhile.
Result<void> link_image(const ImageInfo& image, const fs::path& home) {
    const fs::path from = fs::path(image.path).parent_path();
    const fs::path folder = home / "images" / image.name;
    std::error_code code;
    fs::create_directories(folder / "base", code);
    for (const char* file : {"image.erofs", "image.json", "base/memory", "base/manifest"})
        if (!code) fs::create_hard_link(from / file, folder / file, code);
    if (code) return Unexpected(Error{ErrorCode::io, "linking the files of image " + image.name, code.value()});
    return {};
}

}  // namespace

Result<StateFolder> StateFolder::with_image(Engine& engine, const std::string& image, const OnInterrupt& on_interrupt) {
    TemporaryFolder folder = MF_TRY(TemporaryFolder::in(engine.home()));
    const std::string home = folder.path() + "/home";
    MF_TRY(link_image(MF_TRY(engine.image(image)), home));
    EngineOptions options;
    options.home = home;
    options.accept = engine.accepted_risks();
    Engine inner = MF_TRY(Engine::open(std::move(options)));
    StateFolder state{std::move(folder), std::move(inner)};
    if (on_interrupt) state.listen(engine, on_interrupt);
    return state;
}

void StateFolder::listen(Engine outer, const OnInterrupt& on_interrupt) {
    on_interrupt([outer, own = engine_, flag = interrupted_]() mutable {
        *flag = true;
        outer.interrupt();
        own.interrupt();
    });
}

}  // namespace mayfly::bench
