#include "rootfs-builder/recipe.h"

#include "rootfs-builder/image.h"

extern "C" {
// The table that CMakeLists.txt makes of guest/runtimes/python.
struct mayfly_bootstrap_entry {
    const char* name;
    const std::byte* begin;
    const std::byte* end;
};
extern const mayfly_bootstrap_entry mayfly_bootstrap_python[];
extern const mayfly_bootstrap_entry mayfly_bootstrap_python_end[];
}

namespace mayfly::rootfs {
namespace {

// In every image: the C library with its locale C.UTF-8, time zones, and certificates for clients of TLS.
const std::vector<std::string> kBase = {"libc6", "libc-bin", "tzdata", "ca-certificates"};

constexpr std::string_view kPython = "python3.11";  // the runtime, its package and its program

std::vector<EmbeddedFile> python_bootstrap() {
    std::vector<EmbeddedFile> files;
    for (const mayfly_bootstrap_entry& entry : std::span(mayfly_bootstrap_python, mayfly_bootstrap_python_end))
        files.push_back({entry.name, std::span(entry.begin, entry.end)});
    return files;
}

}  // namespace

Result<Recipe> find_recipe(std::string_view runtime) {
    Recipe recipe{runtime, kBase, {}, {}, {}};
    if (runtime.empty()) return recipe;
    if (runtime != kPython) {
        std::string known;
        for (const std::string& name : runtimes()) known += (known.empty() ? "" : ", ") + name;
        return fail(ErrorCode::usage, "there is no runtime '" + std::string(runtime) + "'; there are: " + known);
    }
    recipe.packages.emplace_back(kPython);
    recipe.python = "usr/bin/" + std::string(kPython);
    recipe.bootstrap_path = "opt/mayfly/python";
    recipe.bootstrap = python_bootstrap();
    return recipe;
}

std::vector<std::string> runtimes() { return {std::string(kPython)}; }

}  // namespace mayfly::rootfs
